// `npm run api`: writes docs/api anew. What changed in it is what changed for those who build on us.
import { apiEntries, buildForReports, reportOf, writeReport } from './api-reports.ts';

buildForReports();
for (const entry of apiEntries()) {
  writeReport(entry, reportOf(entry));
  console.log(`docs/api/${entry.name}.api.md`);
}

import { beforeAll, describe, expect, it } from 'vitest';
import { apiEntries, buildForReports, committedReport, reportOf } from './api-reports.ts';

describe('the public interface', () => {
  beforeAll(() => buildForReports(), 600_000);

  it.each(apiEntries().map((entry) => [entry.name, entry] as const))(
    'of %s is the one in docs/api',
    (_, entry) => {
      // A change of it shows in the diff of a commit: npm run api
      expect(reportOf(entry)).toBe(committedReport(entry));
    },
    300_000,
  );
});

/**
 * `npm run conformance -- DIR`: checks every folder of a set of reference vectors and prints one line a check: what, worst
 * difference, tolerance, pass, fail, or skip with its reason. Exits with 1 on any failure. Without DIR, the public set;
 * a second argument limits it to folders that begin so (`12`).
 */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CheckResult, Tolerances } from './check.ts';
import { checkGroups } from './check-groups.ts';
import { ReferenceFolder } from './reference-folder.ts';

const publicSet = fileURLToPath(new URL('./reference', import.meta.url));
const [folder, only] = process.argv.slice(2);
const reference = new ReferenceFolder(resolve(folder ?? publicSet));
const tolerances = new Tolerances(reference);
const counts = { pass: 0, fail: 0, skip: 0 };

function print(folder: string, result: CheckResult): void {
  counts[result.status]++;
  const facts =
    result.status === 'skip'
      ? result.reason
      : `worst ${result.worst.toExponential(2)}  tolerance ${result.tolerance.toExponential(2)}`;
  console.log(`${result.status}  ${folder}  ${result.what}  ${facts}`);
}

for (const group of checkGroups) {
  if (only !== undefined && !group.folder.startsWith(only)) continue;
  if (!reference.has(group.folder)) {
    print(group.folder, { status: 'skip', what: 'everything', reason: 'the set has no such folder' });
    continue;
  }
  try {
    for await (const result of group.run(reference, tolerances)) print(group.folder, result);
  } catch (error) {
    console.error(error);
    print(group.folder, {
      status: 'fail',
      what: 'ran to its end',
      worst: Number.POSITIVE_INFINITY,
      tolerance: 0,
    });
  }
}
console.log(`${counts.pass} passed, ${counts.fail} failed, ${counts.skip} skipped`);
process.exit(counts.fail > 0 || counts.pass === 0 ? 1 : 0);

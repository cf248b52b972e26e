/**
 * `npm run bench`: times and peak memory of what the project promises, one case after the other, each in a process of its
 * own; rivals too, in turn with ours.
 *
 *   --case NAME    only cases whose name begins so (may be given several times)
 *   --full         also those that need full-size checkpoints (made on first use, 9 GB) or minutes
 *   --dir FOLDER   where those checkpoints are kept
 *   --rounds N     how often a case and its rival take turns, where not the case's own number
 *   --json FILE    the figures as JSON
 *   --write        puts them into docs/benchmarks.md
 */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { benchCases } from './cases.ts';
import { describeMachine } from './describe-machine.ts';
import { type CaseResult, repositoryRoot, runCase } from './run-case.ts';
import { printedTable } from './table.ts';
import { writeBenchmarks } from './write-benchmarks.ts';

const { values } = parseArgs({
  options: {
    case: { type: 'string', multiple: true },
    full: { type: 'boolean' },
    dir: { type: 'string' },
    rounds: { type: 'string' },
    json: { type: 'string' },
    write: { type: 'boolean' },
  },
});
const folder = resolve(values.dir ?? join(tmpdir(), 'stable-pose-bench'));
const chosen = benchCases.filter((one) =>
  values.case ? values.case.some((name) => one.name.startsWith(name)) : values.full || !one.full,
);
if (chosen.length === 0) {
  console.error(
    `No case is called ${values.case?.join(', ')}. There are: ${benchCases.map((one) => one.name).join(', ')}.`,
  );
  process.exit(1);
}
const machine = describeMachine();
console.log(machine.map(([what, is]) => `${what}: ${is}`).join('\n'));
const results: CaseResult[] = [];
for (const one of chosen) {
  process.stderr.write(`${one.name} ...\n`);
  const result = await runCase(one, folder, values.rounds === undefined ? undefined : Number(values.rounds));
  if (result.status !== 'measured') process.stderr.write(`${one.name} ${result.status}: ${result.reason}\n`);
  results.push(result);
}
console.log(printedTable(results));
const left = benchCases.filter((one) => one.full && !chosen.includes(one));
if (!values.case && left.length > 0)
  console.log(`Not run, --full runs them: ${left.map((one) => one.name).join(', ')}`);
if (values.json) {
  await writeFile(
    values.json,
    `${JSON.stringify({ machine: Object.fromEntries(machine), results }, null, 2)}\n`,
  );
}
if (values.write) await writeBenchmarks(join(repositoryRoot, 'docs/benchmarks.md'), machine, results);
process.exit(results.some((one) => one.status === 'failed') ? 1 : 0);

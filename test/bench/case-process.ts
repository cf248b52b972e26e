/** The process of one case: `case-process.ts NAME FOLDER`. */
import { once } from 'node:events';
import { type Bench, BenchSkip } from './bench-case.ts';
import { benchCases } from './cases.ts';
import type { CaseMessage } from './messages.ts';

const [name, folder] = process.argv.slice(2);

function tell(message: CaseMessage): Promise<void> {
  return new Promise((resolve, reject) =>
    process.send!(message, undefined, undefined, (error: Error | null) =>
      error ? reject(error) : resolve(),
    ),
  );
}

async function mark(kind: 'begin' | 'end'): Promise<void> {
  const answered = once(process, 'message');
  await tell({ kind });
  await answered;
}

const bench: Bench = {
  folder,
  begin: () => mark('begin'),
  end: () => mark('end'),
  note: (words) => void tell({ kind: 'note', words }),
};
try {
  const found = benchCases.find((one) => one.name === name);
  if (!found) throw new Error(`There is no case ${name}.`);
  await tell({ kind: 'done', seconds: await found.run(bench) });
} catch (error) {
  await tell(
    error instanceof BenchSkip
      ? { kind: 'skipped', reason: error.message }
      : { kind: 'failed', reason: error instanceof Error ? (error.stack ?? error.message) : String(error) },
  );
}
process.exit(0);

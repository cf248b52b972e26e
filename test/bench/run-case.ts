import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type BenchCase, BenchSkip, type Limits, median, type Rival } from './bench-case.ts';
import type { CaseMessage } from './messages.ts';
import { type ProcessFigures, ProcessWatch } from './process-watch.ts';

const caseProcess = fileURLToPath(new URL('./case-process.ts', import.meta.url));
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

export type CaseResult = {
  readonly name: string;
  readonly what: string;
  readonly limits: Limits;
  readonly notes: readonly string[];
  /** Programs that wanted the processors in the minute before: those of others, when the case begins. */
  readonly loadBefore: number;
} & (
  | {
      readonly status: 'measured';
      readonly seconds: readonly number[];
      readonly peaks?: ProcessFigures;
      readonly rival?: { readonly name: string; readonly seconds: readonly number[] };
      /** Our median to the rival's. */
      readonly ratio?: number;
      /** Whether every limit is kept that could be judged; undefined where there is none. */
      readonly met?: boolean;
    }
  | { readonly status: 'skipped' | 'failed'; readonly reason: string }
);

/** Runs a case, and its rival in turn with it, each time in a process of its own. */
export async function runCase(one: BenchCase, folder: string): Promise<CaseResult> {
  const { name, what, limits = {}, rival, rounds = 1 } = one;
  const notes: string[] = [];
  const head = { name, what, limits, notes, loadBefore: loadavg()[0] };
  const seconds: number[] = [];
  const rivalSeconds: number[] = [];
  let peaks: ProcessFigures | undefined;
  let rivalIsThere = rival !== undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      const measured = await ourTurn(name, folder, notes);
      seconds.push(...measured.seconds);
      peaks = larger(peaks, measured.peaks);
      if (!rival || !rivalIsThere) continue;
      try {
        rivalSeconds.push(...(await rivalTurn(rival)));
      } catch (error) {
        if (!(error instanceof BenchSkip)) throw error;
        rivalIsThere = false;
        notes.push(`without ${rival.name}: ${error.message}`);
      }
    }
  } catch (error) {
    const status = error instanceof BenchSkip ? 'skipped' : 'failed';
    return { ...head, status, reason: (error as Error).message };
  }
  const ratio = rivalSeconds.length > 0 ? median(seconds) / median(rivalSeconds) : undefined;
  return {
    ...head,
    status: 'measured',
    seconds,
    peaks,
    rival: rival && rivalIsThere ? { name: rival.name, seconds: rivalSeconds } : undefined,
    ratio,
    met: isMet(limits, { seconds: median(seconds), ratio, ...peaks }),
  };
}

async function ourTurn(
  name: string,
  folder: string,
  notes: string[],
): Promise<{ readonly seconds: readonly number[]; readonly peaks?: ProcessFigures }> {
  const child = fork(caseProcess, [name, folder], {
    cwd: repositoryRoot,
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const watch = new ProcessWatch(child.pid!);
  let last: CaseMessage | undefined;
  child.on('message', (message) => {
    const told = message as CaseMessage;
    if (told.kind === 'note') {
      if (!notes.includes(told.words)) notes.push(told.words);
    } else if (told.kind === 'begin' || told.kind === 'end') {
      if (told.kind === 'begin') watch.begin();
      else watch.end();
      child.send('counted');
    } else {
      last = told;
    }
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  const peaks = watch.stop();
  if (last?.kind === 'done') return { seconds: last.seconds, peaks };
  if (last?.kind === 'skipped') throw new BenchSkip(last.reason);
  throw new Error(
    last?.kind === 'failed' ? last.reason : `The process of ${name} ended (${signal ?? code}).`,
  );
}

async function rivalTurn({ command, name }: Rival): Promise<readonly number[]> {
  const { program, args } = await command();
  const child = spawn(program, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await outputOf(child);
  for (const line of text.split('\n').reverse()) {
    if (line.startsWith('{')) return (JSON.parse(line) as { seconds: readonly number[] }).seconds;
  }
  throw new Error(`${name} printed no seconds.`);
}

async function outputOf(child: ChildProcess): Promise<string> {
  let text = '';
  child.stdout?.on('data', (data: Buffer) => {
    text += data.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${child.spawnargs.join(' ')} ended with ${code}.`);
  return text;
}

function larger(a: ProcessFigures | undefined, b: ProcessFigures | undefined): ProcessFigures | undefined {
  if (!a || !b) return a ?? b;
  return {
    anonymousBytes: Math.max(a.anonymousBytes, b.anonymousBytes),
    residentBytes: Math.max(a.residentBytes, b.residentBytes),
    processorSeconds: Math.max(a.processorSeconds, b.processorSeconds),
  };
}

/** A limit whose figure is lacking (no rival, no /proc) is not judged. */
function isMet(limits: Limits, figures: { readonly [K in keyof Limits]: Limits[K] }): boolean | undefined {
  const judged = (Object.keys(limits) as (keyof Limits)[]).filter((key) => figures[key] !== undefined);
  return judged.length === 0 ? undefined : judged.every((key) => figures[key]! <= limits[key]!);
}

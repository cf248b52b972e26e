import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { type BenchCase, BenchSkip, type Limits, median, type Rival } from './bench-case.ts';
import type { CaseMessage } from './messages.ts';
import { type ProcessFigures, ProcessWatch } from './process-watch.ts';

const caseProcess = fileURLToPath(new URL('./case-process.ts', import.meta.url));
export const repositoryRoot = fileURLToPath(new URL('../..', import.meta.url));

/** On a machine that was busy with other things, a time limit is also kept by processor time, which no core can beat. */
export type Verdict = 'yes' | 'by processor time' | 'no';

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
      readonly rival?: RivalFigures & { readonly name: string };
      /** Our median to the rival's. */
      readonly ratio?: number;
      /** Whether every limit is kept that could be judged; undefined where there is none. */
      readonly met?: Verdict;
    }
  | { readonly status: 'skipped' | 'failed'; readonly reason: string }
);

/** Runs a case, and its rival in turn with it, each time in a process of its own. */
export async function runCase(one: BenchCase, folder: string, rounds = one.rounds ?? 1): Promise<CaseResult> {
  const { name, what, limits = {}, rival } = one;
  const notes: string[] = [];
  const loadBefore = loadavg()[0];
  const head = { name, what, limits, notes, loadBefore };
  const seconds: number[] = [];
  const rivalSeconds: number[] = [];
  const rivalProcessor: number[] = [];
  let peaks: ProcessFigures | undefined;
  let rivalIsThere = rival !== undefined;
  try {
    for (let round = 0; round < rounds; round++) {
      const measured = await ourTurn(name, folder, notes);
      seconds.push(...measured.seconds);
      peaks = together(peaks, measured.peaks);
      if (!rival || !rivalIsThere) continue;
      try {
        const turn = await rivalTurn(rival);
        rivalSeconds.push(...turn.seconds);
        rivalProcessor.push(...(turn.processorSeconds ?? []));
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
    rival:
      rival && rivalIsThere
        ? { name: rival.name, seconds: rivalSeconds, processorSeconds: rivalProcessor }
        : undefined,
    ratio,
    met: judge(
      limits,
      { seconds: median(seconds), ratio, ...peaks },
      loadBefore > availableParallelism() && peaks ? peaks.processorSeconds / seconds.length : undefined,
    ),
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

/** What a rival prints. */
interface RivalFigures {
  readonly seconds: readonly number[];
  readonly processorSeconds?: readonly number[];
}

async function rivalTurn({ command, name }: Rival): Promise<RivalFigures> {
  const { program, args } = await command();
  const child = spawn(program, args, { cwd: repositoryRoot, stdio: ['ignore', 'pipe', 'inherit'] });
  const text = await outputOf(child);
  for (const line of text.split('\n').reverse()) {
    if (line.startsWith('{')) return JSON.parse(line) as RivalFigures;
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

/** Of two turns: the larger memory, and all processor time. */
function together(a: ProcessFigures | undefined, b: ProcessFigures | undefined): ProcessFigures | undefined {
  if (!a || !b) return a ?? b;
  return {
    anonymousBytes: Math.max(a.anonymousBytes, b.anonymousBytes),
    residentBytes: Math.max(a.residentBytes, b.residentBytes),
    processorSeconds: a.processorSeconds + b.processorSeconds,
  };
}

/** A limit whose figure is lacking (no rival, no /proc) is not judged. */
function judge(
  limits: Limits,
  figures: { readonly [K in keyof Limits]: Limits[K] },
  processorSeconds: number | undefined,
): Verdict | undefined {
  const judged = (Object.keys(limits) as (keyof Limits)[]).filter((key) => figures[key] !== undefined);
  if (judged.length === 0) return undefined;
  const broken = judged.filter((key) => figures[key]! > limits[key]!);
  if (broken.length === 0) return 'yes';
  const alone = broken.every((key) => key === 'seconds') && processorSeconds !== undefined;
  return alone && processorSeconds <= limits.seconds! ? 'by processor time' : 'no';
}

/** At most so much. A case states what the project promises; the others are measured for their own sake. */
export interface Limits {
  /** Of the median. */
  readonly seconds?: number;
  /** Of our median to the rival's. */
  readonly ratio?: number;
  /** Peak of anonymous memory. */
  readonly anonymousBytes?: number;
  /** Peak of resident memory, mapped files included. */
  readonly residentBytes?: number;
}

/** Another program that does the same work; it prints one line of JSON, `{ "seconds": [...] }`, among whatever else. */
export interface Rival {
  readonly name: string;
  /** @throws BenchSkip when it is not installed */
  readonly command: () => Promise<{ readonly program: string; readonly args: readonly string[] }>;
}

/** What a case is given to work with, in its own process. */
export interface Bench {
  /** Where full-size checkpoints are kept between runs. */
  readonly folder: string;
  /** From here on memory counts; without it, it counts from the process's start. */
  readonly begin: () => Promise<void>;
  /** From here on it counts no more. */
  readonly end: () => Promise<void>;
  /** A remark for whoever reads the table. */
  readonly note: (words: string) => void;
}

export interface BenchCase {
  /** For `--case`. */
  readonly name: string;
  /** What is measured, in the table's words. */
  readonly what: string;
  /** Needs full-size checkpoints or minutes: only with `--full`, or by name. */
  readonly full?: boolean;
  readonly limits?: Limits;
  readonly rival?: Rival;
  /** How often the case and its rival take turns; 1 without a rival. */
  readonly rounds?: number;
  /** @returns seconds of each repetition; at least one */
  readonly run: (bench: Bench) => Promise<readonly number[]>;
}

/** Something that a case needs is not there: it is skipped, aloud. */
export class BenchSkip extends Error {}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Runs `work` some times unmeasured, then measures it, seconds. */
export async function repeat(
  work: () => unknown,
  { warm, times }: { readonly warm: number; readonly times: number },
): Promise<number[]> {
  for (let i = 0; i < warm; i++) await work();
  const seconds: number[] = [];
  for (let i = 0; i < times; i++) {
    const begin = performance.now();
    await work();
    seconds.push((performance.now() - begin) / 1000);
  }
  return seconds;
}

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mulberry } from './mulberry.ts';

export interface FuzzOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The folder of starting files; an input that breaks something is kept there. */
  readonly corpus: string;
}

export interface FuzzReport {
  readonly runs: number;
  /** Inputs that were right after all, and those that were refused with a code. */
  readonly read: number;
  readonly refused: number;
  readonly slowestMs: number;
}

export interface Fuzzer {
  /** What is fed, for the message. */
  readonly what: string;
  /** How a kept input's name ends, with its dot. */
  readonly ending: string;
  readonly mutated: (files: readonly Uint8Array[], random: () => number) => Uint8Array;
  /** Whether the input was read; throws when a promise is broken. */
  readonly holds: (input: Uint8Array) => boolean | Promise<boolean>;
}

/** Inputs are small: a second is a hundred times what the slowest takes. */
const slowestAllowedMs = 1000;

/**
 * Feeds the starting files, and then broken ones, for some seconds.
 * @throws when a promise is broken or an input takes too long, after keeping the input in the corpus
 */
export async function fuzzLoop(
  { seconds, seed, corpus }: FuzzOptions,
  { what, ending, mutated, holds }: Fuzzer,
): Promise<FuzzReport> {
  const random = mulberry(seed);
  const files = readdirSync(corpus)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(corpus, name))));
  const end = performance.now() + seconds * 1000;
  let [runs, read, slowestMs] = [0, 0, 0];
  while (runs < files.length || performance.now() < end) {
    const input = runs < files.length ? files[runs]! : mutated(files, random);
    const start = process.cpuUsage();
    try {
      if (await holds(input)) read++;
      // Processor time: a busy machine must not look like a slow reader.
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > slowestAllowedMs) throw new Error(`Reading took ${took} ms.`);
      slowestMs = Math.max(slowestMs, took);
    } catch (cause) {
      const name = `found-${createHash('sha256').update(input).digest('hex').slice(0, 12)}${ending}`;
      writeFileSync(join(corpus, name), input);
      throw new Error(`${what} broke the reader (seed ${seed}, kept as ${name}).`, { cause });
    }
    runs++;
  }
  return { runs, read, refused: runs - read, slowestMs };
}

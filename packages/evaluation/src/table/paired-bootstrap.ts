import { rankMatches } from '../metrics/average-precision.ts';
import { seededRandom } from '../metrics/seeded-random.ts';
import type { EvaluationReport, ReportPicture } from '../report/evaluation-report.ts';

export interface Difference {
  /** Average precision of the first less that of the second, 0 to 1 each. */
  readonly value: number;
  /** The 95 % interval. */
  readonly low: number;
  readonly high: number;
}

export interface BootstrapOptions {
  readonly ruler: string;
  /** Which pictures count. All when left out. */
  readonly isCounted?: (picture: ReportPicture) => boolean;
  /** Default 1000. */
  readonly samples?: number;
  /** Default 0. */
  readonly seed?: number;
}

/** Of the values of a method's runs, those that count in one sample. */
type PickRuns = (values: readonly number[]) => readonly number[];

const half = 0.025;

/**
 * The difference of two methods' average precision with its 95 % interval: percentiles over bootstrap samples of the list's
 * entries, the same entries for both methods (paired), all noise seeds of an entry together, and of each method's runs
 * (reports: training seeds), whose precisions are averaged. A method with one run always keeps that one: the interval then
 * says nothing about other trainings. Source: Efron and Tibshirani 1993, chapters 8 and 13.
 * @returns undefined when the reports share no entry that counts
 */
export function pairedDifference(
  first: readonly EvaluationReport[],
  second: readonly EvaluationReport[],
  options: BootstrapOptions,
): Difference | undefined {
  const { ruler, isCounted = () => true, samples = 1000, seed = 0 } = options;
  const counted = [...first, ...second].map(({ perPicture }) =>
    perPicture.filter((picture) => isCounted(picture) && picture.rulers[ruler]),
  );
  const names = [...new Set(counted[0]?.map(({ name }) => name))].filter((name) =>
    counted.every((pictures) => pictures.some((picture) => picture.name === name)),
  );
  if (names.length === 0) return undefined;
  const index = new Map(names.map((name, i) => [name, i]));
  const ranked = counted.map((pictures) => {
    const shared = pictures.filter(({ name }) => index.has(name));
    const precision = rankMatches(shared.map(({ rulers }) => rulers[ruler]!.ap));
    const entries = shared.map(({ name }) => index.get(name)!);
    return (times: ArrayLike<number>) => precision((picture) => times[entries[picture]!]!);
  });
  const differenceOf = (times: ArrayLike<number>, pick: PickRuns) => {
    const values = ranked.map((precision) => precision(times));
    return mean(pick(values.slice(0, first.length))) - mean(pick(values.slice(first.length)));
  };
  const random = seededRandom(seed);
  // Numbers of their own, so that the entries of a sample do not hang on how many runs there are.
  const randomRun = seededRandom(seed + 1);
  const pickRuns: PickRuns = (values) => values.map(() => values[Math.floor(randomRun() * values.length)]!);
  const sampled = Array.from({ length: samples }, () => {
    const times = new Uint16Array(names.length);
    for (let i = 0; i < names.length; i++) times[Math.floor(random() * names.length)]!++;
    return differenceOf(times, pickRuns);
  }).sort((a, b) => a - b);
  const at = (share: number) => sampled[Math.min(samples - 1, Math.floor(share * samples))]!;
  return {
    value: differenceOf(new Uint16Array(names.length).fill(1), (values) => values),
    low: at(half),
    high: at(1 - half),
  };
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

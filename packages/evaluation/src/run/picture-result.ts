import type { ColourVerdict } from '../metrics/garment-colour.ts';
import type { Reading } from './ruler.ts';

/** What was measured on one picture: one line of `results.jsonl`. */
export interface PictureResult {
  /** `made`: the model's; `given`: the list's own, on which the ruler is tried. */
  readonly kind: 'made' | 'given';
  /** Of the list's entry. */
  readonly name: string;
  /** Hash of the entry's prompt, size, poses and garments: a changed entry is measured anew. */
  readonly entry: string;
  /** Which of the run's seeds; 0 for a given picture. */
  readonly seed: number;
  /** Of the noise: each entry and seed has its own. */
  readonly noiseSeed: number;
  /** Beside the results, with `/` between parts; of a given picture, its path. */
  readonly file: string;
  readonly seconds: number;
  readonly readings: Readonly<Record<string, Reading>>;
  readonly colours: readonly ColourVerdict[];
  /** What the pipeline had to say. */
  readonly warnings: readonly string[];
}

export const resultKey = ({ kind, name, seed }: Pick<PictureResult, 'kind' | 'name' | 'seed'>): string =>
  `${kind} ${name} ${seed}`;

import { join } from 'node:path';
import { type Raster, throwIfCancelled } from '@stable-pose/core';
import type { Features } from '../features/feature-network.ts';
import type { TextImageEmbedder } from '../features/text-image-embedder.ts';
import { clipScore } from '../metrics/clip-score.ts';
import type { EvaluationEntry } from './evaluation-list.ts';
import type { PictureResult } from './picture-result.ts';

export interface ScoreWordsOptions {
  readonly entries: readonly EvaluationEntry[];
  readonly results: readonly PictureResult[];
  /** The run's folder. */
  readonly out: string;
  readonly embedder: TextImageEmbedder;
  readonly readPicture: (file: string) => Promise<Raster>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The CLIP score of a run's pictures to the words that they were asked with.
 * @returns undefined when the run made none
 * @throws cancelled, invalid-image, and what running the embedder throws
 */
export async function scoreWords(options: ScoreWordsOptions): Promise<number | undefined> {
  const { entries, results, out, embedder, readPicture, signal, onProgress } = options;
  const made = results.filter(({ kind }) => kind === 'made');
  const prompts = new Map(entries.map(({ name, prompt }) => [name, prompt]));
  const texts: Features[] = [];
  const pictures: Features[] = [];
  for (const [i, { name, file }] of made.entries()) {
    throwIfCancelled(signal);
    texts.push(...(await embedder.embedTexts([prompts.get(name)!], { signal })));
    pictures.push(...(await embedder.embedPictures([await readPicture(join(out, file))], { signal })));
    onProgress?.(i + 1, made.length);
  }
  return made.length === 0 ? undefined : clipScore(texts, pictures);
}

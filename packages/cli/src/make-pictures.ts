import type { GeneratedPicture, GenerationRequest, Raster } from '@stable-pose/core';
import { type GenerationEngine, progressShare, progressWords } from '@stable-pose/sdk';
import type { ProgressBar } from './progress-bar.ts';

export interface MadePictures {
  readonly pictures: readonly GeneratedPicture[];
  readonly seconds: number;
}

/** Makes a request's pictures and shows how far it is. */
export async function makePictures(
  engine: GenerationEngine,
  request: GenerationRequest,
  options: {
    readonly signal: AbortSignal;
    readonly bar: ProgressBar;
    /** Share of the bar that these pictures fill: [0, 1] when left out. */
    readonly span?: readonly [number, number];
    readonly title?: string;
    readonly onPreview?: (raster: Raster) => Promise<void>;
  },
): Promise<MadePictures> {
  const { signal, bar, span: [begin, end] = [0, 1], title = '', onPreview } = options;
  const start = performance.now();
  // One after the other: they go to the same file. One that fails is told when the pictures are there.
  let previews = Promise.resolve();
  let furthest = 0;
  const result = await engine.generate(request, {
    signal,
    onProgress: (progress) => {
      furthest = Math.max(furthest, progressShare(progress));
      bar.update(begin + furthest * (end - begin), title + progressWords(progress));
      const preview = 'preview' in progress ? progress.preview : undefined;
      if (!preview || !onPreview) return;
      previews = previews.then(() => onPreview(preview));
      previews.catch(() => {});
    },
  });
  await previews;
  return { pictures: result.pictures, seconds: (performance.now() - start) / 1000 };
}

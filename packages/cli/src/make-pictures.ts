import type {
  GeneratedPicture,
  GenerationProgress,
  GenerationRequest,
  GenerationStage,
  Raster,
} from '@stable-pose/core';
import type { Engine } from './open-engine.ts';
import type { ProgressBar } from './progress-bar.ts';

export interface MadePictures {
  readonly pictures: readonly GeneratedPicture[];
  readonly seconds: number;
}

/** Makes a request's pictures and shows how far it is. */
export async function makePictures(
  engine: Engine,
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
  const previews: Promise<void>[] = [];
  let furthest = 0;
  const result = await engine.pipeline.generate(request, {
    signal,
    onProgress: (progress) => {
      furthest = Math.max(furthest, shareOf(progress));
      bar.update(begin + furthest * (end - begin), title + wordsFor(progress));
      if (progress.preview && onPreview) previews.push(onPreview(progress.preview));
    },
  });
  await Promise.all(previews);
  return { pictures: result.pictures, seconds: (performance.now() - start) / 1000 };
}

/** The loop takes nearly all of a picture's time; the detail pass begins a loop of its own. */
function shareOf({ picture, pictures, stage, step, steps }: GenerationProgress): number {
  const within = { load: 0, text: 0.02, pose: 0.03, encode: 0.04, denoise: 0.05, decode: 0.95, detail: 0.95 }[
    stage
  ];
  const loop = steps > 0 && stage === 'denoise' ? 0.9 * (step / steps) : 0;
  return (picture - 1 + within + loop) / pictures;
}

const stageWords: Readonly<Record<GenerationStage, string>> = {
  load: 'opening the model',
  text: 'reading the words',
  pose: 'reading the pose',
  encode: 'reading the picture',
  denoise: 'drawing',
  decode: 'developing',
  detail: 'adding detail',
};

function wordsFor({ stage, picture, pictures, step, steps, secondsRemaining }: GenerationProgress): string {
  const which = pictures > 1 ? `picture ${picture} of ${pictures}, ` : '';
  const count = steps > 0 ? ` ${step}/${steps}` : '';
  const rest =
    secondsRemaining === undefined || steps === 0 ? '' : `, ${Math.ceil(secondsRemaining)} s to go`;
  return `${which}${stageWords[stage]}${count}${rest}`;
}

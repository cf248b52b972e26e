import type { Raster } from '../image/index.ts';

/** What a generation goes through, in this order; not every request has every stage. */
export const generationStages = [
  'load',
  'text',
  'pose',
  'encode',
  'denoise',
  'decode',
  'detail',
  'score',
] as const;
/** One of {@link generationStages}. */
export type GenerationStage = (typeof generationStages)[number];

/** Where a generation stands. */
export interface GenerationProgress {
  readonly stage: GenerationStage;
  /** 1 to `pictures`. */
  readonly picture: number;
  readonly pictures: number;
  /** Steps done and to do in this picture's (or tile's) present run; both 0 outside the loop. */
  readonly step: number;
  readonly steps: number;
  readonly secondsElapsed: number;
  /** A guess from the steps so far; absent before the first one. */
  readonly secondsRemaining?: number;
  readonly preview?: Raster;
}

/** Measures the stages and guesses what remains. */
export class ProgressClock {
  /** Seconds spent in each stage. */
  readonly timings: Partial<Record<GenerationStage, number>> = {};
  private readonly started = performance.now();
  private readonly listener: ((progress: GenerationProgress) => void) | undefined;
  private readonly pictures: number;
  private stepsToDo: number;
  private stepsDone = 0;
  private loopSeconds = 0;
  private stage: GenerationStage = 'load';
  private picture = 1;

  /** @param steps of all loops together */
  constructor(
    pictures: number,
    steps: number,
    listener: ((progress: GenerationProgress) => void) | undefined,
  ) {
    this.pictures = pictures;
    this.stepsToDo = steps;
    this.listener = listener;
  }

  get secondsElapsed(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Runs a stage, tells that it began, and adds its time up. */
  async during<T>(stage: GenerationStage, picture: number, work: () => Promise<T>): Promise<T> {
    this.stage = stage;
    this.picture = picture;
    this.tell(0, 0);
    const from = performance.now();
    try {
      return await work();
    } finally {
      this.timings[stage] = (this.timings[stage] ?? 0) + (performance.now() - from) / 1000;
    }
  }

  /** A step of the loop is done. @param seconds that it took */
  step(step: number, steps: number, seconds: number, preview?: Raster): void {
    this.stepsDone++;
    this.loopSeconds += seconds;
    this.stepsToDo = Math.max(this.stepsToDo, this.stepsDone + steps - step);
    this.tell(step, steps, preview);
  }

  private tell(step: number, steps: number, preview?: Raster): void {
    const remaining =
      this.stepsDone === 0
        ? undefined
        : (this.loopSeconds / this.stepsDone) * (this.stepsToDo - this.stepsDone);
    this.listener?.({
      stage: this.stage,
      picture: this.picture,
      pictures: this.pictures,
      step,
      steps,
      secondsElapsed: this.secondsElapsed,
      ...(remaining === undefined ? {} : { secondsRemaining: remaining }),
      ...(preview ? { preview } : {}),
    });
  }
}

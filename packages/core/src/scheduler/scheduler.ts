import type { NoiseLevels } from './noise-levels.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import type { SigmaSpacing } from './sigma-spacing.ts';

/** The samplers by the names that requests say; `SPEC.md` beside this file says what each computes. */
export const schedulerNames = [
  'ddim',
  'plms',
  'dpm-solver++',
  'dpmpp-2m',
  'unipc',
  'euler',
  'euler-ancestral',
  'lcm',
] as const;
/** One of {@link schedulerNames}. */
export type SchedulerName = (typeof schedulerNames)[number];

/** What decides the noise levels of a run. */
export interface StepPlan {
  readonly schedule: NoiseSchedule;
  /** Steps asked for, 1 to the scheduler's {@link Scheduler.maxSteps}. */
  readonly steps: number;
  readonly spacing: SigmaSpacing;
  /** False: take the step count that the reference implementation makes of `steps`, which may be another. Default true. */
  readonly exactSteps?: boolean;
}

/** One run of a sampler. The latents may hold any number of pictures: a sampler works value by value. */
export interface SamplerRun extends StepPlan {
  /** Variance-preserving latents at the noise level where the run starts: plain normal noise, or noised latents. */
  readonly latents: Float32Array;
  /** Steps left out at the beginning, 0 for a whole run, more for picture to picture. */
  readonly startStep: number;
  /** Fresh standard normal noise, as long as the latents. Called only by samplers that add noise. */
  readonly noise: () => Float32Array;
  /** Share of fresh noise, 0 to 1: `ddim` (default 0) and `euler-ancestral` (default 1). Others ignore it. */
  readonly eta?: number;
}

/**
 * What a sampler asks of whoever drives it. Latents are always in variance-preserving form, x = sqrt(a) x_0 + sqrt(1 - a)
 * noise, which is what the network expects.
 */
export type SamplerEvent =
  /** Wants the noise prediction for these latents; resumed with it. `timestep` may be fractional. */
  | {
      readonly kind: 'predict';
      readonly latents: Float32Array;
      readonly timestep: number;
      readonly stepIndex: number;
    }
  /** A step is done; resumed with the latents to go on with, the same or changed. */
  | {
      readonly kind: 'step';
      readonly latents: Float32Array;
      readonly predictedOriginal: Float32Array;
      /** The noise level that the latents are now at; 1 without noise. */
      readonly alphaCumprod: number;
      readonly stepIndex: number;
    };

export type Sampling = Generator<SamplerEvent, Float32Array, Float32Array>;

/**
 * A sampler: pure arithmetic that knows neither network, guidance nor adapters. It may call the model more than once a
 * step. Step indexes run from `startStep` to the number of steps less one, and every step ends with a `step` event.
 */
export interface Scheduler {
  readonly name: SchedulerName;
  /** The spacings that make sense for it; another is refused. */
  readonly spacings: readonly SigmaSpacing[];
  /** The largest step count for a schedule of 1000 training timesteps. */
  readonly maxSteps: number;
  /** The noise levels of a run; their `timesteps.length` is the real step count. @throws invalid-request */
  levels(plan: StepPlan): NoiseLevels;
  /** Returns the latents after the last step. @throws invalid-request */
  sample(run: SamplerRun): Sampling;
}

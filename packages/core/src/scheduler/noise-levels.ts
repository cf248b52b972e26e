import { StablePoseError } from '../errors.ts';
import { alphaCumprodOf, type NoiseSchedule, sigmaOf } from './noise-schedule.ts';
import type { StepPlan } from './scheduler.ts';
import { type SigmaSpacing, spacedSigmas, timestepOfSigma } from './sigma-spacing.ts';

/** The noise levels that a run goes through. */
export interface NoiseLevels {
  /** Where the model is called, falling; one a step, may be fractional. */
  readonly timesteps: readonly number[];
  /** Cumulative alpha before each step, and one more: where the run ends. Rising; the last is 1 where no noise is left. */
  readonly alphasCumprod: readonly number[];
}

/** @throws invalid-request unless the step count is whole and in range, and the spacing one that the scheduler knows. */
export function checkPlan(
  { steps, spacing }: StepPlan,
  { name, maxSteps, spacings }: { name: string; maxSteps: number; spacings: readonly SigmaSpacing[] },
): void {
  if (!Number.isInteger(steps) || steps < 1 || steps > maxSteps) {
    throw new StablePoseError(
      'invalid-request',
      `The scheduler ${name} takes 1 to ${maxSteps} steps, got ${steps}.`,
    );
  }
  if (!spacings.includes(spacing)) {
    throw new StablePoseError(
      'invalid-request',
      `The scheduler ${name} knows the sigma spacing ${spacings.join(', ')}, got ${spacing}.`,
      { remedy: `Set the spacing to ${spacings[0]}, or choose another scheduler.` },
    );
  }
}

/** Levels at whole training timesteps, ending at the level of `last`. */
export function levelsAtTimesteps(
  schedule: NoiseSchedule,
  timesteps: readonly number[],
  last: number,
): NoiseLevels {
  return { timesteps, alphasCumprod: [...timesteps.map((t) => schedule.alphasCumprod[t]), last] };
}

/** Karras or exponential levels between the schedule's ends: `steps` of them and then none, or one more and stop there. */
export function levelsOfSpacing(
  schedule: NoiseSchedule,
  steps: number,
  spacing: Exclude<SigmaSpacing, 'uniform'>,
  end: 'without-noise' | 'least-noise',
): NoiseLevels {
  const max = sigmaOf(schedule.alphasCumprod[schedule.timesteps - 1]);
  const min = sigmaOf(schedule.alphasCumprod[0]);
  const sigmas = spacedSigmas(spacing, end === 'least-noise' ? steps + 1 : steps, max, min);
  const alphasCumprod = sigmas.map(alphaCumprodOf);
  if (end === 'without-noise') alphasCumprod.push(1);
  return {
    timesteps: sigmas.slice(0, steps).map((sigma) => timestepOfSigma(schedule, sigma)),
    alphasCumprod,
  };
}

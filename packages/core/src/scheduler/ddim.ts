import { StablePoseError } from '../errors.ts';
import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import { checkPlan, levelsAtTimesteps, levelsOfSpacing, type NoiseLevels } from './noise-levels.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler, StepPlan } from './scheduler.ts';

/**
 * Evenly spaced timesteps counted from 1, falling [S3]: floor(i T / steps) + 1. Where steps divides T this is what the
 * reference computes; elsewhere the reference makes another number of steps [S4].
 */
export function evenTimesteps({ timesteps: total }: NoiseSchedule, steps: number): number[] {
  const offset = steps === total ? 0 : 1;
  return Array.from({ length: steps }, (_, i) => Math.floor(((steps - 1 - i) * total) / steps) + offset);
}

/**
 * The reference's own timesteps [S4]: range(0, T, floor(T / steps)) + 1, falling.
 * @throws invalid-request where the reference fails because the largest one is out of range.
 */
export function referenceTimesteps({ timesteps: total }: NoiseSchedule, steps: number): number[] {
  const stride = Math.floor(total / steps);
  const count = Math.ceil(total / stride);
  if ((count - 1) * stride + 1 >= total) {
    throw new StablePoseError(
      'invalid-request',
      `The reference cannot make ${steps} steps of ${total} timesteps: its last timestep would be ${(count - 1) * stride + 1}.`,
      { remedy: 'Ask for exact steps, or for another number.' },
    );
  }
  return Array.from({ length: count }, (_, i) => (count - 1 - i) * stride + 1);
}

/** The levels of DDIM and PLMS. They end at the schedule's first level, not without noise, as the reference does. */
export function ddimLevels({ schedule, steps, spacing, exactSteps = true }: StepPlan): NoiseLevels {
  if (spacing !== 'uniform') return levelsOfSpacing(schedule, steps, spacing, 'least-noise');
  const timesteps = (exactSteps ? evenTimesteps : referenceTimesteps)(schedule, steps);
  return levelsAtTimesteps(schedule, timesteps, schedule.alphasCumprod[0]);
}

/** Standard deviation of the noise that a DDIM step adds: eta sqrt((1 - a') / (1 - a)) sqrt(1 - a / a') (equation 16). */
export function ddimSigma(alphaCumprod: number, next: number, eta: number): number {
  return eta * Math.sqrt(((1 - next) / (1 - alphaCumprod)) * (1 - alphaCumprod / next));
}

/**
 * Song, Meng and Ermon 2021, "Denoising Diffusion Implicit Models", equation 12, from level a to a' [S5]:
 * x' = sqrt(a') x0-hat + sqrt(1 - a' - s^2) noisePrediction + s noise.
 */
export const ddim: Scheduler = {
  name: 'ddim',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, ddim);
    return ddimLevels(plan);
  },
  *sample(run: SamplerRun): Sampling {
    const { timesteps, alphasCumprod } = samplerStart(ddim, run);
    let latents = run.latents;
    for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
      const a = alphasCumprod[stepIndex];
      const next = alphasCumprod[stepIndex + 1];
      const sigma = ddimSigma(a, next, run.eta ?? 0);
      const eps = yield { kind: 'predict', latents, timestep: timesteps[stepIndex], stepIndex };
      const predictedOriginal = predictOriginal(latents, eps, a);
      const direction = Math.sqrt(Math.max(1 - next - sigma ** 2, 0));
      latents = weightedSum(
        [Math.sqrt(next), predictedOriginal],
        [direction, eps],
        ...(sigma > 0 ? [[sigma, run.noise()] as const] : []),
      );
      latents = yield { kind: 'step', latents, predictedOriginal, alphaCumprod: next, stepIndex };
    }
    return latents;
  },
};

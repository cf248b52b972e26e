import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import type { NoiseLevels } from './noise-levels.ts';
import { lambdaOf } from './noise-schedule.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler } from './scheduler.ts';

/**
 * Lu et al. 2022, "DPM-Solver++: Fast Solver for Guided Sampling of Diffusion Probabilistic Models", algorithm 2 (2M),
 * from level s to level t with h = lambda_t - lambda_s and D = x0-hat [S7]:
 *
 * x_t = (sigma_t / sigma_s) x_s - alpha_t (e^-h - 1) D, and with the step before, r = (lambda_s - lambda_before) / h:
 * D = (1 + 1 / (2 r)) x0-hat_s - (1 / (2 r)) x0-hat_before.
 *
 * @param firstOrderLast whether the last of `count` executed steps drops to first order.
 */
export function* dpmSolverMultistep(
  scheduler: Scheduler,
  run: SamplerRun,
  firstOrderLast: (count: number, levels: NoiseLevels) => boolean,
): Sampling {
  const levels = samplerStart(scheduler, run);
  const { timesteps, alphasCumprod } = levels;
  const lastIsFirstOrder = firstOrderLast(timesteps.length - run.startStep, levels);
  let latents = run.latents;
  let before: Float32Array | undefined;
  for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
    const a = alphasCumprod[stepIndex];
    const next = alphasCumprod[stepIndex + 1];
    const eps = yield { kind: 'predict', latents, timestep: timesteps[stepIndex], stepIndex };
    const predictedOriginal = predictOriginal(latents, eps, a);
    const h = lambdaOf(next) - lambdaOf(a);
    const gain = -Math.sqrt(next) * Math.expm1(-h);
    const isLast = stepIndex === timesteps.length - 1;
    // 1 / (2 r); zero is the first-order step.
    const bend =
      before === undefined || (isLast && lastIsFirstOrder)
        ? 0
        : h / (2 * (lambdaOf(a) - lambdaOf(alphasCumprod[stepIndex - 1])));
    latents = weightedSum(
      [Math.sqrt((1 - next) / (1 - a)), latents],
      [gain * (1 + bend), predictedOriginal],
      [-gain * bend, before ?? predictedOriginal],
    );
    before = predictedOriginal;
    latents = yield { kind: 'step', latents, predictedOriginal, alphaCumprod: next, stepIndex };
  }
  return latents;
}

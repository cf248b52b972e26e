import { kDiffusionLevels } from './k-diffusion-levels.ts';
import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import { checkPlan } from './noise-levels.ts';
import { sigmaOf } from './noise-schedule.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler } from './scheduler.ts';

/** Standard deviations of what an ancestral step to `to` keeps and adds: down^2 + up^2 = to^2 (k-diffusion) [S11]. */
export function ancestralSigmas(from: number, to: number, eta: number): { down: number; up: number } {
  const up = Math.min(to, eta * Math.sqrt((to ** 2 * (from ** 2 - to ** 2)) / from ** 2));
  return { down: Math.sqrt(to ** 2 - up ** 2), up };
}

/**
 * Karras et al. 2022, algorithm 2 without churn, in sigma space with z = x / sqrt(a) [S10], with ancestral noise [S11]:
 * z' = z + (down - sigma) noisePrediction + up noise.
 */
function* eulerSampling(scheduler: Scheduler, run: SamplerRun, eta: number): Sampling {
  const { timesteps, alphasCumprod } = samplerStart(scheduler, run);
  let latents = run.latents;
  for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
    const a = alphasCumprod[stepIndex];
    const next = alphasCumprod[stepIndex + 1];
    const { down, up } = ancestralSigmas(sigmaOf(a), sigmaOf(next), eta);
    const eps = yield { kind: 'predict', latents, timestep: timesteps[stepIndex], stepIndex };
    const predictedOriginal = predictOriginal(latents, eps, a);
    const scale = Math.sqrt(next);
    latents = weightedSum(
      [scale / Math.sqrt(a), latents],
      [scale * (down - sigmaOf(a)), eps],
      ...(up > 0 ? [[scale * up, run.noise()] as const] : []),
    );
    latents = yield { kind: 'step', latents, predictedOriginal, alphaCumprod: next, stepIndex };
  }
  return latents;
}

/** Euler as k-diffusion's `sample_euler` runs it [S9, S10]. */
export const euler: Scheduler = {
  name: 'euler',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, euler);
    return kDiffusionLevels(plan);
  },
  sample: (run) => eulerSampling(euler, run, 0),
};

/** Euler ancestral as k-diffusion's `sample_euler_ancestral` runs it [S9, S11]; `eta` is 1 unless the run says. */
export const eulerAncestral: Scheduler = {
  name: 'euler-ancestral',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, eulerAncestral);
    return kDiffusionLevels(plan);
  },
  sample: (run) => eulerSampling(eulerAncestral, run, run.eta ?? 1),
};

import { ddimLevels } from './ddim.ts';
import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import { checkPlan } from './noise-levels.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler } from './scheduler.ts';

/** Adams-Bashforth weights for the newest prediction first (Liu et al. 2022, equation 12 and its lower orders). */
const adamsBashforth = [
  [1],
  [3 / 2, -1 / 2],
  [23 / 12, -16 / 12, 5 / 12],
  [55 / 24, -59 / 24, 37 / 24, -9 / 24],
];

/**
 * Liu et al. 2022, "Pseudo Numerical Methods for Diffusion Models on Manifolds" (PLMS), as the reference runs it [S6]:
 * DDIM steps with a noise prediction extrapolated from the last four; the first step is a pseudo improved Euler step,
 * which calls the model twice, the second time at the next step's timestep. The weights hold for even timesteps only.
 */
export const plms: Scheduler = {
  name: 'plms',
  spacings: ['uniform'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, plms);
    return ddimLevels(plan);
  },
  *sample(run: SamplerRun): Sampling {
    const { timesteps, alphasCumprod } = samplerStart(plms, run);
    let latents = run.latents;
    let history: readonly Float32Array[] = [];
    for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
      const a = alphasCumprod[stepIndex];
      const next = alphasCumprod[stepIndex + 1];
      const step = (prediction: Float32Array) => {
        const predictedOriginal = predictOriginal(latents, prediction, a);
        return {
          latents: weightedSum([Math.sqrt(next), predictedOriginal], [Math.sqrt(1 - next), prediction]),
          predictedOriginal,
        };
      };
      const eps = yield { kind: 'predict', latents, timestep: timesteps[stepIndex], stepIndex };
      let prediction: Float32Array;
      if (history.length === 0) {
        const ahead = yield {
          kind: 'predict',
          latents: step(eps).latents,
          timestep: timesteps[Math.min(stepIndex + 1, timesteps.length - 1)],
          stepIndex,
        };
        prediction = weightedSum([0.5, eps], [0.5, ahead]);
      } else {
        const weights = adamsBashforth[history.length];
        prediction = weightedSum(...[eps, ...history].map((values, i) => [weights[i], values] as const));
      }
      history = [eps, ...history].slice(0, 3);
      latents = yield { kind: 'step', ...step(prediction), alphaCumprod: next, stepIndex };
    }
    return latents;
  },
};

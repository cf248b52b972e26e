import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import { checkPlan, levelsAtTimesteps } from './noise-levels.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler } from './scheduler.ts';

/** Steps of the DDIM solver that the published consistency models were distilled from. */
const distilledSteps = 50;
/** Standard deviation of the data, and the factor on timesteps, in the boundary condition (paper, appendix E). */
const sigmaData = 0.5;
const timestepScale = 10;

/** c_skip and c_out with f(x, t) = c_skip x + c_out x0-hat, so that f(x, 0) = x. */
function boundary(timestep: number): { skip: number; out: number } {
  const scaled = timestep * timestepScale;
  return {
    skip: sigmaData ** 2 / (scaled ** 2 + sigmaData ** 2),
    out: scaled / Math.sqrt(scaled ** 2 + sigmaData ** 2),
  };
}

/**
 * Luo et al. 2023, "Latent Consistency Models", multistep sampling as diffusers' LCMScheduler runs it [S13]: each step
 * predicts the original, then noises it to the next level. For distilled models or LoRAs; the timesteps are theirs.
 */
export const lcm: Scheduler = {
  name: 'lcm',
  spacings: ['uniform'],
  maxSteps: distilledSteps,
  levels(plan) {
    checkPlan(plan, lcm);
    const { schedule, steps } = plan;
    const stride = Math.floor(schedule.timesteps / distilledSteps);
    const timesteps = Array.from(
      { length: steps },
      (_, i) => (distilledSteps - Math.floor((i * distilledSteps) / steps)) * stride - 1,
    );
    return levelsAtTimesteps(schedule, timesteps, 1);
  },
  *sample(run: SamplerRun): Sampling {
    const { timesteps, alphasCumprod } = samplerStart(lcm, run);
    let latents = run.latents;
    for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
      const timestep = timesteps[stepIndex];
      const next = alphasCumprod[stepIndex + 1];
      const eps = yield { kind: 'predict', latents, timestep, stepIndex };
      const { skip, out } = boundary(timestep);
      const original = predictOriginal(latents, eps, alphasCumprod[stepIndex]);
      const predictedOriginal = weightedSum([out, original], [skip, latents]);
      latents =
        next < 1
          ? weightedSum([Math.sqrt(next), predictedOriginal], [Math.sqrt(1 - next), run.noise()])
          : predictedOriginal;
      latents = yield { kind: 'step', latents, predictedOriginal, alphaCumprod: next, stepIndex };
    }
    return latents;
  },
};

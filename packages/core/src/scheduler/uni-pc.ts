import { predictOriginal, weightedSum } from './latents-arithmetic.ts';
import { checkPlan, levelsAtTimesteps, levelsOfSpacing } from './noise-levels.ts';
import { lambdaOf } from './noise-schedule.ts';
import { samplerStart } from './sampler-start.ts';
import type { SamplerRun, Sampling, Scheduler } from './scheduler.ts';

/** Rounds half to even, as numpy does. */
function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** A noise level where the model was called, and what it said. */
interface Visited {
  readonly alphaCumprod: number;
  readonly original: Float32Array;
}

/**
 * What predictor and corrector share, from level `s` to level `next` (B(h) = e^-h - 1, "bh2"): the exact linear part
 * (sigma_t / sigma_s) x - alpha_t (e^-h - 1) x0-hat_s, and the weight -alpha_t B(h) of the rest.
 */
function linearPart(from: Float32Array, s: Visited, next: number) {
  const h = lambdaOf(next) - lambdaOf(s.alphaCumprod);
  const rest = -Math.sqrt(next) * Math.expm1(-h);
  const terms = [
    [Math.sqrt((1 - next) / (1 - s.alphaCumprod)), from],
    [rest, s.original],
  ] as const;
  return { h, rest, terms };
}

/** (lambda_before - lambda_s) / h: where the step before lies, counted in steps. */
const placeOf = (before: Visited, s: Visited, h: number) =>
  (lambdaOf(before.alphaCumprod) - lambdaOf(s.alphaCumprod)) / h;

/** UniP of order 1, or 2 with the level before [S12]. */
function predict(from: Float32Array, s: Visited, before: Visited | undefined, next: number): Float32Array {
  const { h, rest, terms } = linearPart(from, s, next);
  if (before === undefined) return weightedSum(...terms);
  const bend = (0.5 * rest) / placeOf(before, s, h);
  return weightedSum(...terms, [bend, before.original], [-bend, s.original]);
}

/** UniC of the order of the predictor that led to `reached` [S12]. */
function correct(
  from: Float32Array,
  s: Visited,
  before: Visited | undefined,
  reached: Visited,
): Float32Array {
  const { h, rest, terms } = linearPart(from, s, reached.alphaCumprod);
  if (before === undefined) {
    return weightedSum(...terms, [0.5 * rest, reached.original], [-0.5 * rest, s.original]);
  }
  // Solve rho_0 + rho_1 = b_1 and r rho_0 + rho_1 = b_2 (equation 5 of the paper for p = 2).
  const r = placeOf(before, s, h);
  const bh = Math.expm1(-h);
  const phi2 = bh / -h - 1;
  const b1 = phi2 / bh;
  const b2 = (2 * (phi2 / -h - 0.5)) / bh;
  const rho0 = (b1 - b2) / (1 - r);
  const bend = (rest * rho0) / r;
  const pull = rest * (b1 - rho0);
  return weightedSum(...terms, [bend, before.original], [-bend - pull, s.original], [pull, reached.original]);
}

/**
 * Zhao et al. 2023, "UniPC: A Unified Predictor-Corrector Framework for Fast Sampling of Diffusion Models": order 2,
 * B(h) = e^-h - 1, data prediction, as diffusers' UniPCMultistepScheduler runs it [S12]. Corrects each state with the
 * model's word on it, without a further call; the first step and the last are of order 1.
 */
export const uniPc: Scheduler = {
  name: 'unipc',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 999,
  levels(plan) {
    checkPlan(plan, uniPc);
    const { schedule, steps, spacing } = plan;
    if (spacing === 'uniform') {
      const last = schedule.timesteps - 1;
      const timesteps = Array.from({ length: steps }, (_, i) => roundHalfEven((last * (steps - i)) / steps));
      return levelsAtTimesteps(schedule, timesteps, 1);
    }
    const levels = levelsOfSpacing(schedule, steps, spacing, 'without-noise');
    // The oracle calls the model at whole timesteps: rounded for Karras, cut for exponential.
    const whole = spacing === 'karras' ? roundHalfEven : Math.floor;
    return { ...levels, timesteps: levels.timesteps.map(whole) };
  },
  *sample(run: SamplerRun): Sampling {
    const { timesteps, alphasCumprod } = samplerStart(uniPc, run);
    let latents = run.latents;
    let from = latents;
    let before: Visited | undefined;
    let last: Visited | undefined;
    let wasChanged = false;
    for (let stepIndex = run.startStep; stepIndex < timesteps.length; stepIndex++) {
      const next = alphasCumprod[stepIndex + 1];
      const eps = yield { kind: 'predict', latents, timestep: timesteps[stepIndex], stepIndex };
      const alphaCumprod = alphasCumprod[stepIndex];
      const predictedOriginal = predictOriginal(latents, eps, alphaCumprod);
      const reached: Visited = { alphaCumprod, original: predictedOriginal };
      // A correction leads from the level before to here, past the latents that were handed over: their change would be lost.
      if (last !== undefined && !wasChanged) latents = correct(from, last, before, reached);
      before = last;
      last = reached;
      from = latents;
      const isLast = stepIndex === timesteps.length - 1;
      const predicted = predict(from, reached, isLast ? undefined : before, next);
      latents = yield {
        kind: 'step',
        latents: predicted,
        predictedOriginal,
        alphaCumprod: next,
        stepIndex,
      };
      wasChanged = latents !== predicted && latents.some((value, i) => value !== predicted[i]);
    }
    return latents;
  },
};

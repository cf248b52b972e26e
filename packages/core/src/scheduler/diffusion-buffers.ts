import type { NoiseSchedule } from './noise-schedule.ts';

/** The schedule tensors that a Stable Diffusion checkpoint of the CompVis layout carries beside its weights, fp32 [T]. */
export type DiffusionBuffers = Readonly<Record<DiffusionBufferName, Float32Array>>;

export const diffusionBufferNames = [
  'betas',
  'alphas_cumprod',
  'alphas_cumprod_prev',
  'sqrt_alphas_cumprod',
  'sqrt_one_minus_alphas_cumprod',
  'log_one_minus_alphas_cumprod',
  'sqrt_recip_alphas_cumprod',
  'sqrt_recipm1_alphas_cumprod',
  'posterior_variance',
  'posterior_log_variance_clipped',
  'posterior_mean_coef1',
  'posterior_mean_coef2',
  'lvlb_weights',
] as const;
export type DiffusionBufferName = (typeof diffusionBufferNames)[number];

/**
 * Computes them in fp64 from the betas (Ho et al. 2020, equations 4 to 7), rounded at the end. Sampling needs none of
 * them but `alphas_cumprod`; a checkpoint file that is to be complete does. `lvlb_weights` are the weights of the
 * variational bound for noise prediction, beta^2 / (2 posteriorVariance (1 - beta) (1 - a)), from fp32 parts and rounded
 * to fp32 after every operation, as the CompVis code computes them, with the first replaced by the second.
 */
export function diffusionBuffers({ betas, timesteps }: NoiseSchedule): DiffusionBuffers {
  const buffers = Object.fromEntries(
    diffusionBufferNames.map((name) => [name, new Float32Array(timesteps)]),
  ) as Record<DiffusionBufferName, Float32Array>;
  let a = 1;
  for (let t = 0; t < timesteps; t++) {
    const beta = betas[t];
    const alpha = 1 - beta;
    const previous = a;
    a *= alpha;
    const variance = (beta * (1 - previous)) / (1 - a);
    buffers.betas[t] = beta;
    buffers.alphas_cumprod[t] = a;
    buffers.alphas_cumprod_prev[t] = previous;
    buffers.sqrt_alphas_cumprod[t] = Math.sqrt(a);
    buffers.sqrt_one_minus_alphas_cumprod[t] = Math.sqrt(1 - a);
    buffers.log_one_minus_alphas_cumprod[t] = Math.log(1 - a);
    buffers.sqrt_recip_alphas_cumprod[t] = Math.sqrt(1 / a);
    buffers.sqrt_recipm1_alphas_cumprod[t] = Math.sqrt(1 / a - 1);
    buffers.posterior_variance[t] = variance;
    buffers.posterior_log_variance_clipped[t] = Math.log(Math.max(variance, 1e-20));
    buffers.posterior_mean_coef1[t] = (beta * Math.sqrt(previous)) / (1 - a);
    buffers.posterior_mean_coef2[t] = ((1 - previous) * Math.sqrt(alpha)) / (1 - a);
    const spread = Math.fround(2 * buffers.posterior_variance[t] * Math.fround(alpha));
    buffers.lvlb_weights[t] =
      Math.fround(Math.fround(beta) ** 2) / Math.fround(spread * Math.fround(1 - buffers.alphas_cumprod[t]));
  }
  buffers.lvlb_weights[0] = buffers.lvlb_weights[1];
  return buffers;
}

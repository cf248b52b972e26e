import { StablePoseError } from '../errors.ts';

/** What a model was trained with; the `schedule` of a model's config. */
export interface NoiseScheduleConfig {
  readonly kind: 'scaled-linear';
  /** First and last beta. */
  readonly start: number;
  readonly end: number;
  /** Number of training timesteps, T. */
  readonly timesteps: number;
}

/** Noise levels of the training timesteps 0 .. T - 1, variance preserving: x_t = sqrt(a_t) x_0 + sqrt(1 - a_t) noise. */
export interface NoiseSchedule {
  readonly timesteps: number;
  /** beta_t in fp64. */
  readonly betas: Float64Array;
  /** a_t = prod_{s <= t} (1 - beta_s), falling; products in fp64, then rounded to fp32 as a checkpoint holds them. */
  readonly alphasCumprod: Float32Array;
}

/**
 * beta_t = (linear from sqrt(start) to sqrt(end))^2, Stable Diffusion's `scaled_linear` [S1].
 * @throws invalid-input when a number is out of range.
 */
export function makeNoiseSchedule({ kind, start, end, timesteps }: NoiseScheduleConfig): NoiseSchedule {
  kind satisfies 'scaled-linear';
  if (!(start > 0 && start <= end && end < 1 && Number.isInteger(timesteps) && timesteps >= 2)) {
    throw new StablePoseError(
      'invalid-input',
      `A noise schedule needs 0 < start <= end < 1 and 2 timesteps or more, got start ${start}, end ${end}, timesteps ${timesteps}.`,
    );
  }
  const first = Math.sqrt(start);
  const last = Math.sqrt(end);
  const step = (last - first) / (timesteps - 1);
  const betas = new Float64Array(timesteps);
  const alphasCumprod = new Float32Array(timesteps);
  let product = 1;
  for (let t = 0; t < timesteps; t++) {
    // From both ends towards the middle, as torch.linspace does.
    const root = t < Math.floor(timesteps / 2) ? first + step * t : last - step * (timesteps - 1 - t);
    betas[t] = root ** 2;
    product *= 1 - betas[t];
    alphasCumprod[t] = product;
  }
  return { timesteps, betas, alphasCumprod };
}

/** Noise level in variance-exploding form: sigma = sqrt((1 - a) / a); x / sqrt(a) = x_0 + sigma noise. */
export function sigmaOf(alphaCumprod: number): number {
  return Math.sqrt((1 - alphaCumprod) / alphaCumprod);
}

/** The inverse of {@link sigmaOf}: a = 1 / (1 + sigma^2). */
export function alphaCumprodOf(sigma: number): number {
  return 1 / (1 + sigma * sigma);
}

/** lambda = ln(sqrt(a) / sqrt(1 - a)), half the logarithm of the signal to noise ratio; infinite without noise. */
export function lambdaOf(alphaCumprod: number): number {
  return 0.5 * (Math.log(alphaCumprod) - Math.log1p(-alphaCumprod));
}

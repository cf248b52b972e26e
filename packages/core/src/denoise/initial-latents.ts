import { StablePoseError } from '../errors.ts';
import { weightedSum } from '../scheduler/index.ts';

/**
 * The forward process: latents noised to a level, sqrt(a) original + sqrt(1 - a) noise (Ho et al. 2020, equation 4).
 * Picture to picture starts from it, with `a = scheduler.levels(plan).alphasCumprod[startStep]`; a picture from nothing
 * starts from the noise itself.
 *
 * @throws invalid-input when the lengths differ.
 */
export function noisedLatents(
  original: Float32Array,
  noise: Float32Array,
  alphaCumprod: number,
): Float32Array {
  if (original.length !== noise.length) {
    throw new StablePoseError(
      'invalid-input',
      `The noise must have ${original.length} values as the latents do, got ${noise.length}.`,
    );
  }
  return weightedSum([Math.sqrt(alphaCumprod), original], [Math.sqrt(1 - alphaCumprod), noise]);
}

/**
 * The first step of a picture-to-picture run: of `steps` steps, the last floor(strength steps) are taken, one at least.
 * Strength 1 takes all of them.
 *
 * @param strength 0 (keep the picture) to 1 (only its layout's trace remains in the noise).
 * @throws invalid-request when it is out of range.
 */
export function startStepOf(steps: number, strength: number): number {
  if (!(strength >= 0 && strength <= 1)) {
    throw new StablePoseError('invalid-request', `The strength must lie between 0 and 1, got ${strength}.`);
  }
  return steps - Math.max(1, Math.floor(steps * strength));
}

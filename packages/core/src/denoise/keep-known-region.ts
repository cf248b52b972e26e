import { StablePoseError } from '../errors.ts';
import { noisedLatents } from './initial-latents.ts';

export interface KnownRegion {
  /** The picture's own latents, without noise, scaled as in the loop. */
  readonly original: Float32Array;
  /** The noise that the run started from; the same at each step, so that the kept part follows one path. */
  readonly noise: Float32Array;
  /** 1 where the picture is drawn anew, 0 where it is kept, between for a soft edge; one value per latent cell, [h, w]. */
  readonly mask: Float32Array;
}

/**
 * Inpainting by blending (Lugmayr et al. 2022, "RePaint", equation 8, without resampling): after a step that led to level
 * a, m x + (1 - m) (sqrt(a) original + sqrt(1 - a) noise) in each cell, over all channels.
 *
 * @throws invalid-input when the lengths do not fit: latents are [rows, channels, h, w].
 */
export function keepKnownRegion(
  latents: Float32Array,
  { original, noise, mask }: KnownRegion,
  alphaCumprod: number,
): Float32Array {
  const cells = mask.length;
  if (original.length !== latents.length || cells === 0 || latents.length % cells !== 0) {
    throw new StablePoseError(
      'invalid-input',
      `The known region must have ${latents.length} latent values and a mask of one value per cell, got ${original.length} and ${cells}.`,
    );
  }
  const known = noisedLatents(original, noise, alphaCumprod);
  return latents.map((value, i) => {
    const drawn = mask[i % cells];
    return drawn * value + (1 - drawn) * known[i];
  });
}

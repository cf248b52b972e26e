import { StablePoseError } from '../errors.ts';
import { exponential } from '../tensor/exponential.ts';
import { type FloatTensor, float32 } from '../tensor/tensor.ts';

/** Longest period, in timesteps over 2 pi. */
const maxPeriod = 10000;

/**
 * The sinusoidal embedding that is fed to UNet and adapter, [rows, width]: [cos | sin](t w_i) with
 * w_i = 10000^(-i / half), half = width / 2 (Vaswani et al. 2017, as Stable Diffusion orders it). Frequencies and angles
 * are fp32 values made as the reference makes them: in fp64 the angles at t = 999 would lie up to 6e-5 away.
 *
 * @param timesteps one a row, may be fractional.
 * @throws invalid-input when the width is odd or the timesteps are not finite.
 */
export function timestepEmbedding(timesteps: readonly number[], width: number): FloatTensor {
  if (!Number.isInteger(width) || width < 2 || width % 2 !== 0 || !timesteps.every(Number.isFinite)) {
    throw new StablePoseError(
      'invalid-input',
      `A timestep embedding needs an even width and finite timesteps, got width ${width}, timesteps [${timesteps}].`,
    );
  }
  const half = width / 2;
  const logPeriod = Math.fround(-Math.log(maxPeriod));
  const frequencies = Float32Array.from({ length: half }, (_, i) =>
    exponential(Math.fround(Math.fround(logPeriod * i) / half)),
  );
  const embedding = new Float32Array(timesteps.length * width);
  timesteps.forEach((timestep, row) => {
    const t = Math.fround(timestep);
    for (let i = 0; i < half; i++) {
      const angle = Math.fround(t * frequencies[i]);
      embedding[row * width + i] = Math.cos(angle);
      embedding[row * width + half + i] = Math.sin(angle);
    }
  });
  return float32([timesteps.length, width], embedding);
}

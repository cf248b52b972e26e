import { StablePoseError } from '../errors.ts';
import { boxMuller16 } from './box-muller-avx2.ts';
import { MersenneTwister } from './mersenne-twister.ts';

/** A source of standard normal numbers. Each call continues where the last one ended. */
export type NormalNoise = (size: number) => Float32Array;

/**
 * Standard normal numbers equal to `torch.randn(size, generator=torch.Generator().manual_seed(seed))` of PyTorch 2 on an
 * x86-64 CPU with AVX2 (fp32), call after call. To the bit for 16 values and more. Below 16 PyTorch computes in fp64 with
 * the C library's functions; here JavaScript's are used, whose last bit may differ and practically never shows in fp32.
 *
 * @param seed whole number, |seed| <= 2^53 - 1; only its low 32 bits count, as in PyTorch.
 * @throws invalid-input when the seed is no whole number, or a size is no whole number >= 0.
 */
export function normalNoise(seed: number): NormalNoise {
  if (!Number.isSafeInteger(seed)) {
    throw new StablePoseError('invalid-input', `A seed must be a whole number below 2^53, got ${seed}.`);
  }
  const twister = new MersenneTwister(seed);
  let kept: number | undefined;

  /** 24 random bits as a number in [0, 1). */
  const uniform24 = () => (twister.next() & 0xffffff) / 0x1000000;

  /** 53 random bits of 64 as a number in [0, 1): the low 21 of the first word, then all of the second. */
  const uniform53 = () => {
    const high = twister.next() & 0x1fffff;
    return (high * 0x100000000 + twister.next()) / 0x20000000000000;
  };

  const fill = (data: Float32Array, from: number) => {
    for (let i = from; i < data.length; i++) data[i] = uniform24();
  };

  /** Box-Muller in fp64, whose second number waits for the next draw, across calls. */
  const drawOne = () => {
    if (kept !== undefined) {
      const value = kept;
      kept = undefined;
      return value;
    }
    const theta = 2 * Math.PI * uniform53();
    const radius = Math.sqrt(-2 * Math.log1p(-uniform53()));
    kept = radius * Math.sin(theta);
    return radius * Math.cos(theta);
  };

  return (size) => {
    if (!Number.isInteger(size) || size < 0) {
      throw new StablePoseError(
        'invalid-input',
        `The size of noise must be a whole number of 0 or more, got ${size}.`,
      );
    }
    const data = new Float32Array(size);
    if (size < 16) {
      for (let i = 0; i < size; i++) data[i] = drawOne();
      return data;
    }
    fill(data, 0);
    for (let i = 0; i + 16 <= size; i += 16) boxMuller16(data, i);
    if (size % 16 !== 0) {
      // The last 16 values are drawn anew, those before the last whole block's end included.
      fill(data, size - 16);
      boxMuller16(data, size - 16);
    }
    return data;
  };
}

/** A normalised one-dimensional Gaussian and what follows from it. */
export interface GaussianKernel {
  /** Odd. */
  readonly size: number;
  /** fp32 weights, symmetric. */
  readonly weights: Float32Array;
  /** The two-dimensional weights, `[size, size]`: products of two fp32 weights, rounded to fp32, as the reference has. */
  readonly taps: Float32Array;
}

/**
 * exp(-(i / sigma)^2 / 2), i = -(size - 1) / 2 ... (size - 1) / 2, divided by its sum; every step rounded to fp32.
 *
 * The sum is taken in the order in which PyTorch's CPU kernel takes it (eight lanes, four vectors at a time, the rest
 * first), because the last bit of the sum decides whether a black picture stays exactly black (mask/SPEC.md M2).
 * Source: torchvision's `gaussian_blur`.
 *
 * @param size odd, 1 or more
 * @param sigma pixels, above 0
 */
export function gaussianKernel(size: number, sigma: number): GaussianKernel {
  const weights = new Float32Array(size);
  const half = (size - 1) / 2;
  const sigma32 = Math.fround(sigma);
  for (let i = 0; i < size; i++) {
    const ratio = Math.fround((i - half) / sigma32);
    weights[i] = Math.exp(Math.fround(-0.5 * Math.fround(ratio * ratio)));
  }
  const sum = sumInLanes(weights);
  for (let i = 0; i < size; i++) weights[i] /= sum;
  const taps = Float32Array.from(
    { length: size * size },
    (_, i) => weights[Math.floor(i / size)] * weights[i % size],
  );
  return { size, weights, taps };
}

const lanes = 8;
const chains = 4;

function sumInLanes(values: Float32Array): number {
  const vectors = Math.floor(values.length / lanes);
  const partial = new Float32Array(chains * lanes);
  const chained = vectors - (vectors % chains);
  for (let vector = 0; vector < vectors; vector++) {
    const chain = vector < chained ? vector % chains : 0;
    for (let lane = 0; lane < lanes; lane++) partial[chain * lanes + lane] += values[vector * lanes + lane];
  }
  for (let i = lanes; i < partial.length; i++) partial[i % lanes] += partial[i];
  let sum = 0;
  for (let i = vectors * lanes; i < values.length; i++) sum = Math.fround(sum + values[i]);
  for (let lane = 0; lane < lanes; lane++) sum = Math.fround(sum + partial[lane]);
  return sum;
}

/** The sum of all two-dimensional fp32 weights, in double. About 1, seldom 1. */
export function tapWeightSum(kernel: GaussianKernel): number {
  let sum = 0;
  for (const tap of kernel.taps) sum += tap;
  return sum;
}

/** Mirrors an index at the border without repeating the border's pixel. */
export function reflect(index: number, length: number): number {
  if (index < 0) return -index;
  return index >= length ? 2 * length - 2 - index : index;
}

/** Which pixel of which plane of a picture `[channels, height, width]`. */
export interface PixelPlace {
  readonly channel: number;
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

/**
 * One pixel of the reference's blur, bit for bit: the taps in row order, each a fused multiply-add in fp32, the picture
 * mirrored at its border. (The product of two fp32 numbers is exact in double; the double sum, rounded once more to fp32,
 * differs from a fused sum only on a tie to 2^-53, which no recorded value meets.)
 */
export function blurredPixel(kernel: GaussianKernel, picture: Float32Array, place: PixelPlace): number {
  const { taps, size } = kernel;
  const { channel, width, height, x, y } = place;
  const reach = (size - 1) / 2;
  const inside = x >= reach && x + reach < width;
  let sum = 0;
  let tap = 0;
  for (let row = 0; row < size; row++) {
    const start = (channel * height + reflect(y + row - reach, height)) * width;
    if (inside) {
      let at = start + x - reach;
      for (let column = 0; column < size; column++) sum = Math.fround(sum + taps[tap++] * picture[at++]);
    } else {
      for (let column = 0; column < size; column++) {
        sum = Math.fround(sum + taps[tap++] * picture[start + reflect(x + column - reach, width)]);
      }
    }
  }
  return sum;
}

/** What a black picture (-1 everywhere) becomes under the reference's blur: -1, or slightly more or less. */
export function blurredBackground(kernel: GaussianKernel): number {
  const { size } = kernel;
  const black = new Float32Array(size * size).fill(-1);
  const middle = (size - 1) / 2;
  return blurredPixel(kernel, black, { channel: 0, width: size, height: size, x: middle, y: middle });
}

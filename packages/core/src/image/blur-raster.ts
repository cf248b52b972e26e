import { type Raster, raster } from './raster.ts';

/**
 * A Gaussian blur in floating point with the border's pixels repeated, rounded once. Meant for the soft edge of a mask.
 * @param sigma pixels; 0 or less returns the input
 */
export function blurRaster(source: Raster, sigma: number): Raster {
  if (!(sigma > 0)) return source;
  const { width, height, channels } = source;
  const reach = Math.ceil(3 * sigma);
  const weights = Float64Array.from({ length: reach + 1 }, (_, d) => Math.exp(-0.5 * (d / sigma) ** 2));
  const sum = weights.reduce((total, weight, d) => total + (d === 0 ? weight : 2 * weight), 0);
  for (let d = 0; d <= reach; d++) weights[d] /= sum;
  const rows = new Float32Array(source.data.length);
  const target = raster(width, height, channels);
  blurAlong(source.data, rows, width, height, channels, width * channels, weights);
  const blurred = new Float32Array(source.data.length);
  blurAlong(rows, blurred, height, width, width * channels, channels, weights);
  for (let i = 0; i < blurred.length; i++) target.data[i] = Math.round(blurred[i]);
  return target;

  /** Blurs `count` lines of `length` places, `step` apart, each of `channels` values. */
  function blurAlong(
    from: ArrayLike<number>,
    to: Float32Array,
    length: number,
    count: number,
    step: number,
    lineStep: number,
    kernel: Float64Array,
  ): void {
    for (let line = 0; line < count; line++) {
      for (let c = 0; c < channels; c++) {
        const start = line * lineStep + c;
        for (let i = 0; i < length; i++) {
          let value = kernel[0] * from[start + i * step];
          for (let d = 1; d <= reach; d++) {
            const before = start + Math.max(0, i - d) * step;
            const after = start + Math.min(length - 1, i + d) * step;
            value += kernel[d] * (from[before] + from[after]);
          }
          to[start + i * step] = value;
        }
      }
    }
  }
}

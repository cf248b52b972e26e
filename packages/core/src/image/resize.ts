import { type Raster, raster } from './raster.ts';

/**
 * `area`: the mean of what a target pixel covers (exact when scaling down by whole numbers; nearest when scaling up).
 * `bilinear`: a triangle. `bicubic`: Keys' cubic with a = -1/2, as Pillow's. `lanczos`: a sinc of three lobes, sharpest.
 * When scaling down, every filter widens with the step, so that nothing aliases.
 */
export type ResizeFilter = 'area' | 'bilinear' | 'bicubic' | 'lanczos' | 'nearest';

/** How each filter weighs a source pixel at a distance given in target pixels (or source pixels when scaling up). */
const filters: Readonly<
  Record<Exclude<ResizeFilter, 'nearest' | 'area'>, { reach: number; weight(x: number): number }>
> = {
  bilinear: { reach: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: {
    reach: 2,
    weight: (x) => {
      const far = Math.abs(x);
      if (far >= 2) return 0;
      return far < 1 ? (1.5 * far - 2.5) * far * far + 1 : ((-0.5 * far + 2.5) * far - 4) * far + 2;
    },
  },
  lanczos: {
    reach: 3,
    weight: (x) =>
      x === 0
        ? 1
        : Math.abs(x) >= 3
          ? 0
          : (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2,
  },
};

/** For each target place: the first source place and the weights from there on, which sum to 1. */
interface Taps {
  readonly first: number;
  readonly weights: Float64Array;
}

function tapsOf(from: number, to: number, filter: ResizeFilter): Taps[] {
  const step = from / to;
  return Array.from({ length: to }, (_, i): Taps => {
    const centre = (i + 0.5) * step;
    if (filter === 'nearest' || (filter === 'area' && step <= 1)) {
      return { first: Math.min(from - 1, Math.floor(centre)), weights: Float64Array.of(1) };
    }
    if (filter === 'area') {
      const start = i * step;
      const end = Math.min(from, start + step);
      const first = Math.floor(start);
      const last = Math.min(from, Math.ceil(end - 1e-9));
      const weights = new Float64Array(Math.max(1, last - first));
      for (let j = 0; j < weights.length; j++) {
        weights[j] = Math.min(end, first + j + 1) - Math.max(start, first + j);
      }
      return { first, weights: normalised(weights) };
    }
    const stretch = Math.max(1, step);
    const { reach, weight } = filters[filter];
    const first = Math.max(0, Math.floor(centre - reach * stretch));
    const last = Math.min(from, Math.ceil(centre + reach * stretch));
    const weights = new Float64Array(last - first);
    for (let j = 0; j < weights.length; j++) weights[j] = weight((first + j + 0.5 - centre) / stretch);
    return { first, weights: normalised(weights) };
  });
}

function normalised(weights: Float64Array): Float64Array {
  let sum = 0;
  for (const weight of weights) sum += weight;
  return weights.map((weight) => weight / sum);
}

/**
 * Resizes separably: rows, then columns, in floating point, rounded once at the end. Colour is weighed by alpha, so that
 * a transparent pixel's colour does not bleed. Returns the input when the size fits already.
 * @throws invalid-image for a size that no picture can have
 */
export function resizeRaster(
  source: Raster,
  width: number,
  height: number,
  filter: ResizeFilter = 'lanczos',
): Raster {
  if (source.width === width && source.height === height) return source;
  const target = raster(width, height, source.channels);
  const { channels } = source;
  const across = tapsOf(source.width, width, filter);
  const down = tapsOf(source.height, height, filter);
  const rows = new Float32Array(width * source.height * channels);
  const line = new Float32Array(source.width * channels);
  for (let y = 0; y < source.height; y++) {
    const start = y * source.width * channels;
    for (let i = 0; i < line.length; i++) line[i] = source.data[start + i];
    if (channels === 4) multiplyAlpha(line);
    for (let x = 0; x < width; x++) {
      const { first, weights } = across[x];
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (let j = 0, at = first * channels + c; j < weights.length; j++, at += channels) {
          sum += weights[j] * line[at];
        }
        rows[(y * width + x) * channels + c] = sum;
      }
    }
  }
  const stride = width * channels;
  const out = new Float64Array(stride);
  for (let y = 0; y < height; y++) {
    const { first, weights } = down[y];
    out.fill(0);
    for (let j = 0; j < weights.length; j++) {
      const from = (first + j) * stride;
      for (let i = 0; i < stride; i++) out[i] += weights[j] * rows[from + i];
    }
    if (channels === 4) divideAlpha(out);
    for (let i = 0; i < stride; i++)
      target.data[y * stride + i] = Math.min(255, Math.max(0, Math.round(out[i])));
  }
  return target;
}

function multiplyAlpha(line: Float32Array): void {
  for (let i = 0; i < line.length; i += 4) {
    const alpha = line[i + 3] / 255;
    line[i] *= alpha;
    line[i + 1] *= alpha;
    line[i + 2] *= alpha;
  }
}

function divideAlpha(line: Float64Array): void {
  for (let i = 0; i < line.length; i += 4) {
    const alpha = Math.min(255, line[i + 3]) / 255;
    if (alpha <= 0) continue;
    line[i] /= alpha;
    line[i + 1] /= alpha;
    line[i + 2] /= alpha;
  }
}

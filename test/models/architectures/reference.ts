import { expect } from 'vitest';
import { openSafetensors } from './open-safetensors.ts';
import { type Fed, readJson } from './run-graph.ts';

const folder = new URL('../../conformance/reference/', import.meta.url).pathname;

export const referencePath = (name: string): string => `${folder}${name}`;

/** A safetensors file of the reference set. */
export const referenceTensors = (name: string): ReturnType<typeof openSafetensors> =>
  openSafetensors(referencePath(name));

export const referenceJson = <T>(name: string): T => readJson<T>(referencePath(name));

/** A strided sample of an output: `flat[::stride]`. */
export interface Probe {
  readonly shape: readonly number[];
  readonly stride: number;
  readonly samples: readonly number[];
}

interface Spread {
  readonly max_abs_diff_f32_f64?: number;
  readonly max_abs_diff?: number;
}

/**
 * Ten times the largest difference that the reference shows against itself, in fp64 (tolerances.json) or with other
 * kernels (rerun.json): sums of the same products in another order may differ by that much and no more.
 */
export function tolerance(name: string, rerun: string): number {
  const fp64 = referenceJson<Record<string, Spread>>('tolerances.json')[name]?.max_abs_diff_f32_f64 ?? 0;
  const again = referenceJson<{ results: Record<string, Spread> }>('rerun.json').results[rerun];
  const largest = Math.max(fp64, again?.max_abs_diff ?? 0);
  if (largest === 0) throw new Error(`no tolerance for ${name}, ${rerun}`);
  return 10 * largest;
}

export function worstDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const difference = Math.abs(actual[i]! - expected[i]!);
    if (Number.isNaN(difference)) return Number.NaN;
    worst = Math.max(worst, difference);
  }
  return worst;
}

export function strided(data: Float32Array, stride: number): number[] {
  return Array.from({ length: Math.ceil(data.length / stride) }, (_, index) => data[index * stride]!);
}

export const fed = (dims: readonly number[], data: Float32Array | Int32Array): Fed => ({ dims, data });

/** A tensor of a reference file, ready to be fed. */
export function fedFrom(file: ReturnType<typeof openSafetensors>, key: string): Fed {
  return { dims: file.tensors.get(key)!.shape, data: file.data(key) };
}

/** Masks `[K*B,h,w]` as pose tokens `[K,B,(h/2)(w/2)]`: a token is in the pose when any of its 2x2 cells is. */
export function poseTokens(masks: Fed, rows: number): Fed {
  const [count, height, width] = masks.dims as [number, number, number];
  const [h, w] = [height / 2, width / 2];
  const data = new Float32Array(count * h * w);
  for (let mask = 0; mask < count; mask += 1) {
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        if (masks.data[(mask * height + y) * width + x]) data[(mask * h + (y >> 1)) * w + (x >> 1)] = 1;
      }
    }
  }
  return { dims: [count / rows, rows, h * w], data };
}

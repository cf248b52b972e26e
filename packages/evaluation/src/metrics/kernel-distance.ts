import { StablePoseError } from '@stable-pose/core';
import type { Matrix } from 'ml-matrix';
import type { Features } from '../features/feature-network.ts';
import { featureMatrix } from './feature-matrix.ts';
import { seededRandom } from './seeded-random.ts';

export interface KernelDistanceOptions {
  /** How many times a subset is drawn. Default 100, as in the published implementations. */
  readonly subsets?: number;
  /** Pictures a subset; at most as many as the smaller set has. Default 1000. */
  readonly subsetSize?: number;
  /** Of the drawing of subsets. Default 0. */
  readonly seed?: number;
}

export interface KernelDistance {
  readonly mean: number;
  /** Standard deviation over the subsets. */
  readonly deviation: number;
}

/**
 * KID: the mean over random subsets (drawn without replacement) of {@link polynomialDiscrepancy}. Published tables print it
 * times 100 or times 1000. Lower is better; it may fall below 0, because it is unbiased.
 * @throws invalid-input when a set has fewer than two pictures, or widths differ
 */
export function kernelDistance(
  first: readonly Features[],
  second: readonly Features[],
  options: KernelDistanceOptions = {},
): KernelDistance {
  const { subsets = 100, subsetSize = 1000, seed = 0 } = options;
  const size = Math.min(subsetSize, first.length, second.length);
  if (size === first.length && size === second.length) {
    // Every subset is everything.
    return { mean: polynomialDiscrepancy(first, second), deviation: 0 };
  }
  const random = seededRandom(seed);
  const values = Array.from({ length: subsets }, () =>
    polynomialDiscrepancy(subset(first, size, random), subset(second, size, random)),
  );
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}

/**
 * The unbiased squared maximum mean discrepancy under the kernel k(x, y) = (x.y / width + 1)^3:
 *
 *   sum_{i != j} k(x_i, x_j) / (m (m - 1)) + sum_{i != j} k(y_i, y_j) / (n (n - 1)) - 2 sum_{i, j} k(x_i, y_j) / (m n)
 *
 * Source: Bińkowski et al. 2018, section 4.
 * @throws invalid-input when a set has fewer than two pictures, or widths differ
 */
export function polynomialDiscrepancy(first: readonly Features[], second: readonly Features[]): number {
  const [a, b] = [featureMatrix(first, 'first'), featureMatrix(second, 'second')];
  if (a.columns !== b.columns) {
    throw new StablePoseError(
      'invalid-input',
      `Both sets must come from one network, got features of ${a.columns} and of ${b.columns}.`,
    );
  }
  return within(a) + within(b) - 2 * meanKernel(a, b);
}

const kernel = (product: number, width: number) => (product / width + 1) ** 3;

function within(a: Matrix): number {
  const products = a.mmul(a.transpose());
  let sum = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < a.rows; j++) if (i !== j) sum += kernel(products.get(i, j), a.columns);
  }
  return sum / (a.rows * (a.rows - 1));
}

function meanKernel(a: Matrix, b: Matrix): number {
  const products = a.mmul(b.transpose());
  let sum = 0;
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.rows; j++) sum += kernel(products.get(i, j), a.columns);
  }
  return sum / (a.rows * b.rows);
}

/** `size` different ones, by the first steps of a Fisher-Yates shuffle. */
function subset<T>(all: readonly T[], size: number, random: () => number): T[] {
  const rest = [...all];
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(random() * (rest.length - i));
    [rest[i], rest[j]] = [rest[j]!, rest[i]!];
  }
  return rest.slice(0, size);
}

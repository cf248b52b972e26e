import { readFileSync } from 'node:fs';
import { clipScore, frechetDistance, kernelDistance, polynomialDiscrepancy } from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';

const cases = JSON.parse(
  readFileSync(new URL('../golden/feature-distances.json', import.meta.url), 'utf8'),
) as { name: string; first: number[][]; second: number[][]; frechet: number; discrepancy: number }[];

/** Square roots of eigenvalues near zero keep half of a double's digits. */
const rootDigits = 6;

describe('distances of features', () => {
  it.each(cases)("equal NumPy's and SciPy's: $name", ({ first, second, frechet, discrepancy }) => {
    expect(frechetDistance(first, second) / frechet).toBeCloseTo(1, rootDigits);
    expect(polynomialDiscrepancy(first, second) / discrepancy).toBeCloseTo(1, 10);
  });

  it.each(cases)('are symmetric, and 0 between a set and itself: $name', ({ first, second }) => {
    expect(frechetDistance(second, first)).toBeCloseTo(frechetDistance(first, second), 4);
    expect(frechetDistance(first, first)).toBeCloseTo(0, 4);
  });

  it('grow by the squared distance when one set is moved', () => {
    const { first } = cases[0]!;
    const moved = first.map((row) => row.map((value) => value + 2));
    expect(frechetDistance(first, moved)).toBeCloseTo(4 * first[0]!.length, 4);
  });

  it('draw subsets by a seed: the same again, and near the distance of everything', () => {
    const { first, second, discrepancy } = cases[0]!;
    const options = { subsets: 200, subsetSize: 20, seed: 3 };
    const kid = kernelDistance(first, second, options);
    expect(kernelDistance(first, second, options)).toEqual(kid);
    expect(kernelDistance(first, second, { ...options, seed: 4 })).not.toEqual(kid);
    // The mean of 200 subsets wanders by its deviation over the root of 200; five of those are never seen.
    expect(Math.abs(kid.mean - discrepancy)).toBeLessThan((5 * kid.deviation) / Math.sqrt(200));
  });

  it('refuse one picture, two networks, and numbers that are none', () => {
    const code = 'invalid-input';
    expect(() => frechetDistance([[1]], [[1], [2]])).toThrow(expect.objectContaining({ code }));
    expect(() =>
      frechetDistance(
        [[1], [2]],
        [
          [1, 2],
          [3, 4],
        ],
      ),
    ).toThrow(expect.objectContaining({ code }));
    expect(() => kernelDistance([[1], [Number.NaN]], [[1], [2]])).toThrow(expect.objectContaining({ code }));
  });
});

describe('the CLIP score', () => {
  it('is 100 where text and picture point the same way, and never below 0', () => {
    expect(clipScore([[1, 2]], [[2, 4]])).toBeCloseTo(100, 10);
    expect(clipScore([[1, 0]], [[-1, 0]])).toBe(0);
    expect(
      clipScore(
        [
          [1, 0],
          [1, 0],
        ],
        [
          [1, 1],
          [0, 1],
        ],
      ),
    ).toBeCloseTo(50 * Math.SQRT1_2, 10);
  });
});

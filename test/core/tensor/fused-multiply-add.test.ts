import { describe, expect, it } from 'vitest';
import { exponential } from '../../../packages/core/src/tensor/exponential.ts';
import { fusedMultiplyAdd } from '../../../packages/core/src/tensor/fused-multiply-add.ts';
import { MersenneTwister } from '../../../packages/core/src/tensor/mersenne-twister.ts';

const words = new MersenneTwister(2024);
const uniform = () => words.next() / 2 ** 32;

/** Whole numbers of 2^-84: what fp32 values of 2^-60 and more are. */
const scale = 84;
const exact = (value: number) => BigInt(value * 2 ** scale);

/** The fp32 value nearest to n 2^-(2 scale), ties to even; n of either sign, the result normal. */
function nearest(n: bigint): number {
  if (n === 0n) return 0;
  const magnitude = n < 0n ? -n : n;
  const excess = magnitude.toString(2).length - 24;
  if (excess <= 0) return Number(n) / 2 ** (2 * scale);
  const unit = 2n ** BigInt(excess);
  let quotient = magnitude / unit;
  const rest = 2n * (magnitude % unit);
  if (rest > unit || (rest === unit && quotient % 2n === 1n)) quotient += 1n;
  return (n < 0n ? -1 : 1) * Number(quotient) * 2 ** (excess - 2 * scale);
}

/** fp32 with few exponents, so that sums cancel and ties are met. */
const random = (bits: number) =>
  Math.fround(
    (uniform() < 0.5 ? -1 : 1) * Math.ceil(uniform() * 2 ** bits) * 2 ** -Math.floor(uniform() * 16 + 10),
  );

describe('fusedMultiplyAdd', () => {
  it('rounds a b + c once, ties included', () => {
    let ties = 0;
    for (let i = 0; i < 40000; i++) {
      const [a, b, c] = [random(i % 2 ? 24 : 13), random(i % 3 ? 24 : 12), random(24)];
      const expected = nearest(exact(a) * exact(b) + exact(c) * 2n ** BigInt(scale));
      if (Math.fround(a * b + c) !== expected) ties++;
      expect(fusedMultiplyAdd(a, b, c)).toBe(expected);
    }
    // Rounding the fp64 sum once more goes wrong about once in 2^29: only crafted sums meet it (below).
    expect(ties).toBeLessThan(5);
  });

  it('is right where rounding the fp64 sum once more is not', () => {
    // p q = 2^-24 - 2^-70 exactly. Beside 1 + 2^-23 the fp64 sum is the tie 1 + 2^-23 + 2^-24, which would go up to an even
    // place; the true sum lies below the tie.
    const [p, q, c] = [2 ** -24 - 2 ** -47, 1 + 2 ** -23, 1 + 2 ** -23];
    expect([p, q, c].map(Math.fround)).toEqual([p, q, c]);
    expect(Math.fround(p * q + c)).toBe(1 + 2 ** -22);
    expect(fusedMultiplyAdd(p, q, c)).toBe(c);
    // r t = 2^-24 + 2^-60: above the tie beside 1, which would go down to an even place.
    const [r, t] = [2 ** -24 + 2 ** -36, 1 - 2 ** -12 + 2 ** -24];
    expect([r, t].map(Math.fround)).toEqual([r, t]);
    expect(Math.fround(r * t + 1)).toBe(1);
    expect(fusedMultiplyAdd(r, t, 1)).toBe(1 + 2 ** -23);
    expect(fusedMultiplyAdd(-p, q, -c)).toBe(-c);
  });
});

describe('exponential', () => {
  it('stays within one place of fp32', () => {
    for (let i = 0; i < 20000; i++) {
      const value = Math.fround(uniform() * 170 - 86);
      const expected = Math.exp(value);
      const place = 2 ** (Math.floor(Math.log2(expected)) - 23);
      expect(Math.abs(exponential(value) - expected)).toBeLessThanOrEqual(place);
    }
    expect(exponential(0)).toBe(1);
  });
});

describe('MersenneTwister', () => {
  it('gives the 10000th number that the C++ standard names for mt19937', () => {
    const twister = new MersenneTwister(5489);
    for (let i = 1; i < 10000; i++) twister.next();
    expect(twister.next()).toBe(4123659995);
  });
});

const fround = Math.fround;

/**
 * fp32 fused multiply-add: `a * b + c` rounded once, as an FMA3 instruction does. `a`, `b` and `c` must be fp32 values.
 *
 * The product of two fp32 values is exact in fp64. Their sum with `c` is rounded to fp64 and then to fp32; that second
 * rounding goes wrong only where the fp64 sum lies exactly between two fp32 values while the true sum does not. There
 * the rounding error of the fp64 sum (Knuth's two-sum) says on which side the true sum lies.
 */
export function fusedMultiplyAdd(a: number, b: number, c: number): number {
  const product = a * b;
  const sum = product + c;
  const near = fround(sum);
  const rest = sum - near;
  if (rest === 0) return near;
  const far = sum + rest;
  if (fround(far) !== far) return near;
  const addend = sum - product;
  const error = product - (sum - addend) + (c - addend);
  return error !== 0 && error > 0 === rest > 0 ? far : near;
}

import { fusedMultiplyAdd as fma } from './fused-multiply-add.ts';

/**
 * fp32 logarithm, sine and cosine, and the Box-Muller transform made of them, equal to the bit to what PyTorch 2 computes
 * for `torch.randn` on an x86-64 CPU with AVX2.
 *
 * The approximations are Cephes' (Stephen L. Moshier) `logf`, `sinf`, `cosf`; order of operations after the vector form
 * by Julien Pommier ("sse_mathfun") and Giovanni Garberoglio ("avx_mathfun", zlib licence), restated for one number. This
 * is an altered version. A product whose only use is a sum is contracted into one fused operation, as the compiler of
 * PyTorch's wheels does; test/golden/torch-randn.json holds what was found.
 */
const fround = Math.fround;
const bitsFloat = new Float32Array(1);
const bits = new Int32Array(bitsFloat.buffer);

const sqrtHalf = fround(Math.SQRT1_2);
const logPolynomial = [
  7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
  2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
].map(fround);
/** ln 2 split in two: the second has few bits, so that a small whole number times it is exact. */
const ln2Low = fround(-2.1219444e-4);
const ln2High = fround(0.693359375);

/** Natural logarithm of a normal positive fp32 number. */
function logarithm(value: number): number {
  bitsFloat[0] = value;
  const pattern = bits[0];
  bits[0] = (pattern & 0x807fffff) | 0x3f000000;
  let mantissa = bitsFloat[0];
  let exponent = (pattern >>> 23) - 126;
  if (mantissa < sqrtHalf) {
    exponent -= 1;
    mantissa = fround(fround(mantissa - 1) + mantissa);
  } else {
    mantissa = fround(mantissa - 1);
  }
  const x = mantissa;
  const z = fround(x * x);
  let y = logPolynomial[0];
  for (let i = 1; i < 9; i++) y = fma(y, x, logPolynomial[i]);
  y = fma(fround(y * x), z, fround(exponent * ln2Low));
  y = fround(y - fround(z * 0.5));
  return fma(exponent, ln2High, fround(x + y));
}

/** pi / 4 in three parts of falling size, negated (Cody and Waite's argument reduction). */
const quarterPi1 = fround(-0.78515625);
const quarterPi2 = fround(-2.4187564849853516e-4);
const quarterPi3 = fround(-3.77489497744594e-8);
const fourOverPi = fround(1.27323954473516);
const sine0 = fround(-1.9515295891e-4);
const sine1 = fround(8.3321608736e-3);
const sine2 = fround(-1.6666654611e-1);
const cosine0 = fround(2.443315711809948e-5);
const cosine1 = fround(-1.388731625493765e-3);
const cosine2 = fround(4.166664568298827e-2);

const twoPi = fround(2 * Math.PI);

/**
 * Turns 16 uniform numbers in [0, 1) into 16 normal ones, in place: for i < 8, with u = 1 - data[i] and v = data[i + 8],
 * data[i] = sqrt(-2 ln u) cos(2 pi v) and data[i + 8] = sqrt(-2 ln u) sin(2 pi v).
 */
export function boxMuller16(data: Float32Array, offset: number): void {
  for (let i = offset; i < offset + 8; i++) {
    const radius = fround(Math.sqrt(fround(-2 * logarithm(fround(1 - data[i])))));
    const theta = fround(twoPi * data[i + 8]);
    const octant = (Math.trunc(fround(theta * fourOverPi)) + 1) & ~1;
    const x = fma(octant, quarterPi3, fma(octant, quarterPi2, fma(octant, quarterPi1, theta)));
    const z = fround(x * x);
    const cosineTail = fround(fma(fma(cosine0, z, cosine1), z, cosine2) * z);
    const cosineOfX = fround(fma(cosineTail, z, fround(z * -0.5)) + 1);
    const sineTail = fround(fma(fma(sine0, z, sine1), z, sine2) * z);
    const sineOfX = fma(sineTail, x, x);
    const swapped = (octant & 2) !== 0;
    const sine = (swapped ? cosineOfX : sineOfX) * ((octant & 4) === 0 ? 1 : -1);
    const cosine = (swapped ? sineOfX : cosineOfX) * ((~(octant - 2) & 4) === 0 ? 1 : -1);
    // "+ 0" is the mean, added by a fused operation: it turns -0 into 0.
    data[i] = fround(radius * cosine) + 0;
    data[i + 8] = fround(radius * sine) + 0;
  }
}

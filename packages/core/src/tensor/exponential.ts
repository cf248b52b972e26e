import { fusedMultiplyAdd as fma } from './fused-multiply-add.ts';

const fround = Math.fround;
const inverseLn2 = fround(Math.LOG2E);
/** ln 2 in two parts, negated; the first has few bits, so that a small whole number times it is exact. */
const ln2High = fround(-0.693145751953125);
const ln2Low = fround(-1.428606765e-6);
/** Minimax polynomial of (e^s - 1 - s) / s^2 on |s| <= ln 2 / 2, highest power first. */
const polynomial = [1.985276176e-4, 1.3930435525e-3, 8.3333607763e-3, 4.1666485369e-2, 0.1666666716, 0.5].map(
  fround,
);

/**
 * e^value in fp32 as PyTorch's CPU kernels with FMA compute it: the algorithm and constants of SLEEF's `expf`, 1.0 ulp
 * (Naoki Shibata and others, Boost Software License 1.0), restated for one number. JavaScript's own exponential, rounded
 * to fp32, differs in the last place now and then, which a timestep's embedding multiplies by the timestep.
 *
 * @param value fp32, -87 to 88.
 */
export function exponential(value: number): number {
  const power = Math.round(fround(value * inverseLn2));
  const s = fma(power, ln2Low, fma(power, ln2High, value));
  let u = polynomial[0];
  for (let i = 1; i < polynomial.length; i++) u = fma(u, s, polynomial[i]);
  return fround(1 + fma(fround(s * s), u, s)) * 2 ** power;
}

/*
 * Whole numbers in 16-bit fixed point, held in doubles, which stay exact to 2^53: shifts, cuts and divisions of 64-bit
 * integers, as OpenCV draws with.
 */

/** 1.0 */
export const one = 65536;
export const half = 32768;

/** Arithmetic shift right by 16: the whole part, rounded down. */
export function whole(fixed: number): number {
  return Math.floor(fixed / one);
}

/** A place in whole pixels, or in fixed point where that is said. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

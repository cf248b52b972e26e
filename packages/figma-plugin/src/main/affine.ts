import type { Transform } from './figma.ts';

/** A place, x to the right and y down. */
export type Point = readonly [x: number, y: number];

export const identity: Transform = [
  [1, 0, 0],
  [0, 1, 0],
];

/** First `inner`, then `outer`. */
export function compose(outer: Transform, inner: Transform): Transform {
  const [[a, c, e], [b, d, f]] = outer;
  const [[p, r, t], [q, s, u]] = inner;
  return [
    [a * p + c * q, a * r + c * s, a * t + c * u + e],
    [b * p + d * q, b * r + d * s, b * t + d * u + f],
  ];
}

/** Negative where the transform reflects. */
export function determinant([[a, c], [b, d]]: Transform): number {
  return a * d - b * c;
}

/** The way back. A flat transform has none and gives infinities; Figma's have unit axes. */
export function invert(transform: Transform): Transform {
  const [[a, c, e], [b, d, f]] = transform;
  const det = determinant(transform);
  return [
    [d / det, -c / det, (c * f - d * e) / det],
    [-b / det, a / det, (b * e - a * f) / det],
  ];
}

export function apply([[a, c, e], [b, d, f]]: Transform, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

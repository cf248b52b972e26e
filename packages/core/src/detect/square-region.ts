import type { Rectangle } from '../image/index.ts';

/** A square part of a picture, whole pixels; may reach over the picture's border. */
export interface SquareRegion {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** A box whose edges need not be whole. */
export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The smallest square of whole pixels around a box's middle that holds `margin` times its longer side. */
export function squareAround({ left, top, right, bottom }: Bounds, margin: number): SquareRegion {
  const side = Math.max(1, Math.ceil(Math.max(right - left, bottom - top) * margin));
  return {
    x: Math.round((left + right - side) / 2),
    y: Math.round((top + bottom - side) / 2),
    side,
  };
}

export function boundsOf({ x, y, width, height }: Rectangle): Bounds {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

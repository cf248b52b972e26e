import type { Raster } from '../image/raster.ts';
import type { Colour } from './skeleton.ts';

/** Paints columns `from` to `to` (both included) of row `y`, clipped by the picture's border. RGB pictures only. */
export function fillSpan(target: Raster, y: number, from: number, to: number, colour: Colour): void {
  if (y < 0 || y >= target.height) return;
  const first = Math.max(0, from);
  const last = Math.min(to, target.width - 1);
  const { data } = target;
  let at = (y * target.width + first) * 3;
  for (let x = first; x <= last; x++) {
    data[at++] = colour[0];
    data[at++] = colour[1];
    data[at++] = colour[2];
  }
}

/** Paints one pixel, if it is in the picture. */
export function setPixel(target: Raster, x: number, y: number, colour: Colour): void {
  fillSpan(target, y, x, x < target.width ? x : -1, colour);
}

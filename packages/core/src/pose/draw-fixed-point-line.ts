import type { Raster } from '../image/raster.ts';
import { clipSegment, type Segment } from './clip-segment.ts';
import { setPixel } from './fill-span.ts';
import { half, one, type Point, whole } from './fixed-point.ts';
import type { Colour } from './skeleton.ts';

/** A one-pixel line between two fixed-point places: one pixel a column (or a row when steep), the other axis stepped. */
export function drawFixedPointLine(target: Raster, from: Point, to: Point, colour: Colour): void {
  const segment: Segment = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  if (!clipSegment(target.width * one, target.height * one, segment)) return;
  let { x1, y1, x2, y2 } = segment;
  const flat = Math.abs(x2 - x1) > Math.abs(y2 - y1);
  if (flat ? x2 < x1 : y2 < y1) [x1, y1, x2, y2] = [x2, y2, x1, y1];
  const run = flat ? x2 - x1 : y2 - y1;
  const rise = flat ? y2 - y1 : x2 - x1;
  // An odd divisor, as OpenCV takes it (`| 1`), so that it is never zero.
  const step = Math.trunc((rise * one) / (run % 2 === 0 ? run + 1 : run));
  // The steps start at the rounded first place and may stop one short of the second, which is set by itself.
  const steps = whole(run);
  setPixel(target, whole(x2 + half), whole(y2 + half), colour);
  if (flat) {
    const first = whole(x1 + half);
    for (let i = 0; i <= steps; i++) setPixel(target, first + i, whole(y1 + half + i * step), colour);
  } else {
    const first = whole(y1 + half);
    for (let i = 0; i <= steps; i++) setPixel(target, whole(x1 + half + i * step), first + i, colour);
  }
}

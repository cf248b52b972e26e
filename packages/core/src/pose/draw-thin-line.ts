import type { Raster } from '../image/raster.ts';
import { clipSegment, type Segment } from './clip-segment.ts';
import { setPixel } from './fill-span.ts';
import type { Point } from './fixed-point.ts';
import type { Colour } from './skeleton.ts';

/** Bresenham's line, left to right, clipped first, as OpenCV 4.6 draws lines of width 1 (pose/SPEC.md P5). */
export function drawThinLine(target: Raster, from: Point, to: Point, colour: Colour): void {
  const segment: Segment = { x1: from.x, y1: from.y, x2: to.x, y2: to.y };
  if (!clipSegment(target.width, target.height, segment)) return;
  let { x1: x, y1: y } = segment;
  let dx = segment.x2 - segment.x1;
  let dy = segment.y2 - segment.y1;
  if (dx < 0) {
    dx = -dx;
    dy = -dy;
    x = segment.x2;
    y = segment.y2;
  }
  const down = dy < 0 ? -1 : 1;
  dy = Math.abs(dy);
  const steep = dy > dx;
  const long = steep ? dy : dx;
  const short = steep ? dx : dy;
  let error = long - 2 * short;
  for (let i = 0; i <= long; i++) {
    setPixel(target, x, y, colour);
    const aside = error < 0;
    error += (aside ? 2 * long : 0) - 2 * short;
    if (steep) {
      y += down;
      if (aside) x++;
    } else {
      x++;
      if (aside) y += down;
    }
  }
}

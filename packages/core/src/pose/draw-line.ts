import type { Raster } from '../image/raster.ts';
import { drawDisc } from './draw-disc.ts';
import { drawFixedPointLine } from './draw-fixed-point-line.ts';
import { drawThinLine } from './draw-thin-line.ts';
import { fillConvex } from './fill-convex.ts';
import { half, one, type Point, whole } from './fixed-point.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Colour } from './skeleton.ts';

/**
 * OpenCV 4.6's 8-connected, not antialiased line (`cv2.line`), pixel for pixel, from the behaviour of its published
 * algorithm (pose/SPEC.md P5). A thick line is a rectangle in 16-bit fixed point, filled by rows and outlined by
 * one-pixel fixed-point lines, with a disc at each end.
 *
 * @param target an RGB picture
 * @param from, to whole pixels, anywhere within a million pixels of the picture
 * @param width whole pixels, 1 or more
 */
export function drawLine(target: Raster, from: Point, to: Point, width: number, colour: Colour): void {
  if (width <= 1) {
    drawThinLine(target, from, to, colour);
    return;
  }
  const dx = from.x - to.x;
  const dy = to.y - from.y;
  const lengthSquared = dx * dx + dy * dy;
  if (lengthSquared > 0) {
    // Half the width in fixed point; odd widths get half a pixel more, as OpenCV gives them.
    const reach = (width * half + (width % 2) * half) / Math.sqrt(lengthSquared);
    const offsetX = roundHalfEven(dy * reach);
    const offsetY = roundHalfEven(dx * reach);
    fillConvex(
      target,
      [
        { x: from.x * one + offsetX, y: from.y * one + offsetY },
        { x: from.x * one - offsetX, y: from.y * one - offsetY },
        { x: to.x * one - offsetX, y: to.y * one - offsetY },
        { x: to.x * one + offsetX, y: to.y * one + offsetY },
      ],
      colour,
      drawFixedPointLine,
    );
  }
  const capRadius = whole(width * half + half);
  drawDisc(target, from.x, from.y, capRadius, colour);
  drawDisc(target, to.x, to.y, capRadius, colour);
}

import type { Raster } from '../image/raster.ts';
import { fillSpan } from './fill-span.ts';
import type { Colour } from './skeleton.ts';

/**
 * A filled disc as OpenCV 4.6 fills it (`cv2.circle`, thickness -1, 8-connected): the integer midpoint circle, each
 * octant point joined to its mirror by a span. Pixel for pixel; clipped by the border (pose/SPEC.md P6).
 *
 * @param target an RGB picture
 * @param radius whole pixels, 0 or more; 0 is one pixel
 */
export function drawDisc(target: Raster, x: number, y: number, radius: number, colour: Colour): void {
  let across = radius;
  let along = 0;
  // `error` follows across^2 + along^2 - radius^2; `outward` and `inward` are its next differences.
  let error = 0;
  let outward = 1;
  let inward = 2 * radius - 1;
  while (across >= along) {
    fillSpan(target, y - along, x - across, x + across, colour);
    fillSpan(target, y + along, x - across, x + across, colour);
    fillSpan(target, y - across, x - along, x + along, colour);
    fillSpan(target, y + across, x - along, x + along, colour);
    along++;
    error += outward;
    outward += 2;
    if (error > 0) {
      error -= inward;
      across--;
      inward -= 2;
    }
  }
}

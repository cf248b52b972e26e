/** A segment whose ends are moved in place by {@link clipSegment}. */
export interface Segment {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
}

const left = 1;
const right = 2;
const above = 4;
const below = 8;

function sideOf(x: number, y: number, lastX: number, lastY: number): number {
  return (x < 0 ? left : 0) + (x > lastX ? right : 0) + (y < 0 ? above : 0) + (y > lastY ? below : 0);
}

/**
 * Cohen-Sutherland clipping of a segment with whole coordinates to 0..width-1, 0..height-1, ends cut toward zero, in the
 * order in which OpenCV 4.6 (`cv2.clipLine`) moves them: vertically first, then horizontally with the moved ends. The
 * order and the cuts decide which pixels a steep line at the border hits.
 * @returns whether anything is left
 */
export function clipSegment(width: number, height: number, segment: Segment): boolean {
  const lastX = width - 1;
  const lastY = height - 1;
  let side1 = sideOf(segment.x1, segment.y1, lastX, lastY);
  let side2 = sideOf(segment.x2, segment.y2, lastX, lastY);
  if ((side1 & side2) === 0 && (side1 | side2) !== 0) {
    if (side1 & (above | below)) {
      const y = side1 < below ? 0 : lastY;
      segment.x1 += Math.trunc(((y - segment.y1) * (segment.x2 - segment.x1)) / (segment.y2 - segment.y1));
      segment.y1 = y;
      side1 = sideOf(segment.x1, 0, lastX, lastY);
    }
    if (side2 & (above | below)) {
      const y = side2 < below ? 0 : lastY;
      segment.x2 += Math.trunc(((y - segment.y2) * (segment.x2 - segment.x1)) / (segment.y2 - segment.y1));
      segment.y2 = y;
      side2 = sideOf(segment.x2, 0, lastX, lastY);
    }
    if ((side1 & side2) === 0 && (side1 | side2) !== 0) {
      if (side1) {
        const x = side1 === left ? 0 : lastX;
        segment.y1 += Math.trunc(((x - segment.x1) * (segment.y2 - segment.y1)) / (segment.x2 - segment.x1));
        segment.x1 = x;
        side1 = 0;
      }
      if (side2) {
        const x = side2 === left ? 0 : lastX;
        segment.y2 += Math.trunc(((x - segment.x2) * (segment.y2 - segment.y1)) / (segment.x2 - segment.x1));
        segment.x2 = x;
        side2 = 0;
      }
    }
  }
  return (side1 | side2) === 0;
}

import type { Raster } from '../image/raster.ts';
import { clipSegment, type Segment } from './clip-segment.ts';
import { drawDisc } from './draw-disc.ts';
import { fillSpan } from './fill-span.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Colour } from './skeleton.ts';

/*
 * OpenCV 4.6's 8-connected, not antialiased line (`cv2.line`), pixel for pixel, from the behaviour of its published
 * algorithm (pose/SPEC.md P5). A thick line is a rectangle in 16-bit fixed point, filled by rows and outlined by
 * one-pixel fixed-point lines, with a disc at each end. Coordinates are whole numbers in doubles, which stay exact to
 * 2^53: the shifts, cuts and divisions below are those of 64-bit integers.
 */

const one = 65536;
const half = 32768;

/** Arithmetic shift right by 16: the whole part, rounded down. */
function whole(fixed: number): number {
  return Math.floor(fixed / one);
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/**
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
    fillQuad(
      target,
      [
        { x: from.x * one + offsetX, y: from.y * one + offsetY },
        { x: from.x * one - offsetX, y: from.y * one - offsetY },
        { x: to.x * one - offsetX, y: to.y * one - offsetY },
        { x: to.x * one + offsetX, y: to.y * one + offsetY },
      ],
      colour,
    );
  }
  const capRadius = whole(width * half + half);
  drawDisc(target, from.x, from.y, capRadius, colour);
  drawDisc(target, to.x, to.y, capRadius, colour);
}

/** One side of the quad while rows are walked: where it is in this row, its slope, the row where it ends, its end. */
interface Edge {
  x: number;
  slope: number;
  endRow: number;
  corner: number;
  readonly direction: number;
}

/** Fills a convex polygon with corners in 16-bit fixed point, border included. */
function fillQuad(target: Raster, corners: readonly Point[], colour: Colour): void {
  const count = corners.length;
  let top = 0;
  let minX = Infinity;
  let maxX = -Infinity;
  let minY = Infinity;
  let maxY = -Infinity;
  for (let i = 0; i < count; i++) {
    const corner = corners[i];
    if (corner.y < minY) {
      minY = corner.y;
      top = i;
    }
    minX = Math.min(minX, corner.x);
    maxX = Math.max(maxX, corner.x);
    maxY = Math.max(maxY, corner.y);
    outline(target, corners[(i + count - 1) % count], corner, colour);
  }
  const firstRow = whole(minY + half);
  let lastRow = whole(maxY + half);
  if (whole(maxX + half) < 0 || lastRow < 0) return;
  if (whole(minX + half) >= target.width || firstRow >= target.height) return;
  lastRow = Math.min(lastRow, target.height - 1);

  const edges: [Edge, Edge] = [
    { x: -one, slope: 0, endRow: firstRow, corner: top, direction: 1 },
    { x: -one, slope: 0, endRow: firstRow, corner: top, direction: count - 1 },
  ];
  let cornersLeft = count;
  let row = firstRow;
  while (row <= lastRow) {
    for (const edge of edges) {
      if (row < edge.endRow) continue;
      let start = edge.corner;
      let found = false;
      while (!found && cornersLeft > 0) {
        cornersLeft--;
        const end = (start + edge.direction) % count;
        const endRow = whole(corners[end].y + half);
        found = endRow > row;
        if (found) {
          const rows = endRow - row;
          edge.slope = Math.trunc(((corners[end].x - corners[start].x) * 2 + rows) / (2 * rows));
          edge.x = corners[start].x;
          edge.endRow = endRow;
          edge.corner = end;
        }
        start = end;
      }
      // No corner lies below any more: the polygon ends above this row.
      if (!found) return;
    }
    if (row >= 0) {
      const left = Math.min(edges[0].x, edges[1].x);
      const right = Math.max(edges[0].x, edges[1].x);
      fillSpan(target, row, whole(left + half), whole(right + half), colour);
    }
    // Rows above the picture are skipped in one stride, up to the next corner.
    const stride = row < 0 ? Math.max(1, Math.min(edges[0].endRow, edges[1].endRow, 0) - row) : 1;
    edges[0].x += edges[0].slope * stride;
    edges[1].x += edges[1].slope * stride;
    row += stride;
  }
}

function plot(target: Raster, x: number, y: number, colour: Colour): void {
  fillSpan(target, y, x, x < target.width ? x : -1, colour);
}

/** A one-pixel line between two fixed-point places: one pixel a column (or a row when steep), the other axis stepped. */
function outline(target: Raster, from: Point, to: Point, colour: Colour): void {
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
  plot(target, whole(x2 + half), whole(y2 + half), colour);
  if (flat) {
    const first = whole(x1 + half);
    for (let i = 0; i <= steps; i++) plot(target, first + i, whole(y1 + half + i * step), colour);
  } else {
    const first = whole(y1 + half);
    for (let i = 0; i <= steps; i++) plot(target, whole(x1 + half + i * step), first + i, colour);
  }
}

/** Bresenham's line, left to right, clipped first. */
function drawThinLine(target: Raster, from: Point, to: Point, colour: Colour): void {
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
    plot(target, x, y, colour);
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

import type { Raster } from '../image/raster.ts';
import { fillSpan } from './fill-span.ts';
import { half, one, type Point, whole } from './fixed-point.ts';
import type { Colour } from './skeleton.ts';

/** One side of the polygon while rows are walked: where it is in this row, its slope, the row where it ends, its end. */
interface Edge {
  x: number;
  slope: number;
  endRow: number;
  corner: number;
  readonly direction: number;
}

/**
 * Fills a convex polygon as OpenCV 4.6 does: its outline first, then its rows between the rounded edges.
 *
 * @param target an RGB picture
 * @param corners in 16-bit fixed point, within a million pixels of the picture
 * @param drawSide draws one side of the outline, from corner to corner in fixed point
 */
export function fillConvex(
  target: Raster,
  corners: readonly Point[],
  colour: Colour,
  drawSide: (target: Raster, from: Point, to: Point, colour: Colour) => void,
): void {
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
    drawSide(target, corners[(i + count - 1) % count], corner, colour);
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

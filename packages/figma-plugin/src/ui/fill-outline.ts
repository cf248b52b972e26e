import { type Raster, type Rectangle, raster, type Size, StablePoseError } from '@stable-pose/core';
import type { Way } from './sample-turned.ts';

/** A path in Figma's subset of SVG's: absolute M, L, Q, C and Z (typings, `VectorPath.data`). */
export interface OutlinePath {
  readonly data: string;
  /** Else filled where it winds around. */
  readonly isEvenOdd: boolean;
}

type Point = readonly [x: number, y: number];
type Edge = readonly [from: Point, to: Point];

/** Lines that are followed through a row of pixels; along each coverage is exact. */
const linesPerRow = 8;
const points: Readonly<Record<string, number>> = { M: 1, L: 1, Q: 2, C: 3, Z: 0 };

/**
 * How much of each pixel paths cover: one channel, 0 to 255, `size`, over `area`.
 * @param way from the paths' coordinates to those of `area`
 * @throws host-failed where a path is none of Figma's
 */
export function fillOutline(
  paths: readonly OutlinePath[],
  [a, b, c, d, e, f]: Way,
  area: Rectangle,
  { width, height }: Size,
): Raster {
  const place = ([x, y]: Point): Point => [
    ((a * x + c * y + e - area.x) * width) / area.width,
    ((b * x + d * y + f - area.y) * height) / area.height,
  ];
  const mask = raster(width, height, 1);
  const outlines = paths.map(({ data, isEvenOdd }) => ({
    isEvenOdd,
    rows: inRows(edgesOf(data, place), height),
  }));
  const row = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    row.fill(0);
    for (const { rows, isEvenOdd } of outlines) {
      for (let line = 0; line < linesPerRow; line++)
        fillLine(row, rows[y], y + (line + 0.5) / linesPerRow, isEvenOdd);
    }
    for (let x = 0; x < width; x++) mask.data[y * width + x] = Math.round(255 * Math.min(1, row[x]));
  }
  return mask;
}

/** Edges by the rows of pixels that they reach into: a text has a hundred thousand of them. */
function inRows(edges: readonly Edge[], height: number): readonly (readonly Edge[])[] {
  const rows = Array.from({ length: height }, (): Edge[] => []);
  for (const edge of edges) {
    const [[, y0], [, y1]] = edge;
    const end = Math.min(height, Math.max(y0, y1));
    for (let y = Math.max(0, Math.floor(Math.min(y0, y1))); y < end; y++) rows[y].push(edge);
  }
  return rows;
}

/** Adds what a line through a row lies inside of. */
function fillLine(row: Float64Array, edges: readonly Edge[], y: number, isEvenOdd: boolean): void {
  const crossings = edges
    .filter(([[, y0], [, y1]]) => y0 <= y !== y1 <= y)
    .map(([[x0, y0], [x1, y1]]) => ({
      x: x0 + ((y - y0) * (x1 - x0)) / (y1 - y0),
      turn: y1 > y0 ? 1 : -1,
    }))
    .sort((one, other) => one.x - other.x);
  let winding = 0;
  for (const [i, { x, turn }] of crossings.entries()) {
    winding += turn;
    const isInside = isEvenOdd ? i % 2 === 0 : winding !== 0;
    if (isInside && i + 1 < crossings.length) addSpan(row, x, crossings[i + 1].x);
  }
}

function addSpan(row: Float64Array, from: number, to: number): void {
  const end = Math.min(to, row.length);
  for (let x = Math.max(0, Math.floor(from)); x < end; x++)
    row[x] += (Math.min(x + 1, end) - Math.max(x, from)) / linesPerRow;
}

function edgesOf(data: string, place: (point: Point) => Point): readonly Edge[] {
  const edges: Edge[] = [];
  const tokens = data.match(/[A-Za-z]|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/g) ?? [];
  let start: Point | undefined;
  let at: Point | undefined;
  const lineTo = (to: Point) => {
    if (at) edges.push([at, to]);
    at = to;
  };
  // Fills close what is open.
  const close = () => start && lineTo(start);
  for (let i = 0; i < tokens.length; ) {
    const command = tokens[i++];
    const count = points[command];
    const given: Point[] = [];
    for (let k = 0; k < (count ?? 0); k++, i += 2)
      given.push(place([Number(tokens[i]), Number(tokens[i + 1])]));
    if (count === undefined || given.some(([x, y]) => !Number.isFinite(x + y)))
      throw new StablePoseError(
        'host-failed',
        `Figma's outline of the shape cannot be read at "${command}".`,
      );
    if (command === 'Z') close();
    else if (command === 'M') {
      close();
      [start, at] = [given[0], given[0]];
    } else if (at) for (const point of curve([at, ...given])) lineTo(point);
  }
  close();
  return edges;
}

/** Points along a Bezier curve behind its first: close enough together that chords are off by a hundredth of a pixel. */
function curve(control: readonly Point[]): readonly Point[] {
  if (control.length === 2) return [control[1]];
  let length = 0;
  for (let i = 1; i < control.length; i++)
    length += Math.hypot(control[i][0] - control[i - 1][0], control[i][1] - control[i - 1][1]);
  const count = Math.ceil(4 * Math.sqrt(length));
  return Array.from({ length: count }, (_, i) => pointAt(control, (i + 1) / count));
}

/** De Casteljau's: between between. */
function pointAt(control: readonly Point[], t: number): Point {
  if (control.length === 1) return control[0];
  return pointAt(
    control
      .slice(1)
      .map(([x, y], i): Point => [control[i][0] * (1 - t) + x * t, control[i][1] * (1 - t) + y * t]),
    t,
  );
}

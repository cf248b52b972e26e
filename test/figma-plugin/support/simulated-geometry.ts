import type { VectorPath, VectorPaths } from '@figma/plugin-typings/plugin-api-standalone.d.ts';

/** What the outline of a node comes of. */
export interface Shaped {
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly cornerRadius: number;
  /** Of polygons and stars. */
  readonly pointCount: number;
  /** Of stars, as a share of the outer one. */
  readonly innerRadius: number;
  readonly vectorPaths: VectorPaths;
}

type Point = readonly [x: number, y: number];

/** "An array of paths representing the object fills relative to the node" (typings, `fillGeometry`). */
export function pathsOf(shape: Shaped): VectorPaths {
  const { type, width, height, cornerRadius, vectorPaths } = shape;
  if (type === 'VECTOR') return vectorPaths;
  if (type === 'ELLIPSE') return [path(roundBox(width, height, width / 2, height / 2))];
  if (type === 'RECTANGLE' && cornerRadius > 0) return [path(roundBox(width, height, ...radii(shape)))];
  if (type === 'LINE') return [];
  const [first, ...others] = corners(shape);
  return [path([`M ${first.join(' ')}`, ...others.map((one) => `L ${one.join(' ')}`), 'Z'].join(' '))];
}

/** A ring inside of the outline: strokes lie inside unless told. */
export function strokePathsOf(shape: Shaped, weight: number): VectorPaths {
  const { width, height } = shape;
  const inner = pathsOf({
    ...shape,
    width: Math.max(0, width - 2 * weight),
    height: Math.max(0, height - 2 * weight),
  });
  return pathsOf(shape).map(({ data }, i) => ({
    windingRule: 'NONZERO',
    data: `${data} ${moved(inner[i].data, weight)}`,
  }));
}

/** Whether a place in a node's own coordinates lies in it: by what it is, and not by its paths. */
export function covers(shape: Shaped, x: number, y: number): boolean {
  // A node of the simulator has no more than those of its kind.
  const { type, width, height } = shape;
  if (x < 0 || y < 0 || x >= width || y >= height) return false;
  if (type === 'ELLIPSE') return ((2 * x) / width - 1) ** 2 + ((2 * y) / height - 1) ** 2 <= 1;
  if (type === 'RECTANGLE' && shape.cornerRadius > 0) {
    const [rx, ry] = radii(shape);
    const dx = Math.max(0, rx - x, x - (width - rx));
    const dy = Math.max(0, ry - y, y - (height - ry));
    return (dx / rx) ** 2 + (dy / ry) ** 2 <= 1;
  }
  if (type === 'POLYGON' || type === 'STAR') return isIn(corners(shape), x, y);
  if (type !== 'VECTOR') return true;
  let inside = 0;
  for (const { data } of shape.vectorPaths) {
    for (const contour of data.split('M').slice(1)) {
      if (/[CQ]/.test(contour)) throw new Error('not simulated: drawing curves of vectors');
      const numbers = (contour.match(/-?[\d.]+/g) ?? []).map(Number);
      const points = numbers.flatMap((one, i): Point[] => (i % 2 === 0 ? [[one, numbers[i + 1]]] : []));
      if (isIn(points, x, y)) inside++;
    }
  }
  return inside % 2 === 1;
}

/** Polygons and stars stand on the ellipse in their box, the first corner at its top; boxes have four. */
function corners(shape: Shaped): readonly Point[] {
  const { type, width, height } = shape;
  if (type !== 'POLYGON' && type !== 'STAR')
    return [
      [0, 0],
      [width, 0],
      [width, height],
      [0, height],
    ];
  const count = type === 'STAR' ? 2 * shape.pointCount : shape.pointCount;
  return Array.from({ length: count }, (_, i): Point => {
    const angle = (2 * Math.PI * i) / count - Math.PI / 2;
    const radius = type === 'STAR' && i % 2 === 1 ? shape.innerRadius : 1;
    return [(width / 2) * (1 + radius * Math.cos(angle)), (height / 2) * (1 + radius * Math.sin(angle))];
  });
}

function isIn(points: readonly Point[], x: number, y: number): boolean {
  let isInside = false;
  for (const [i, [x1, y1]] of points.entries()) {
    const [x0, y0] = points[(i + points.length - 1) % points.length];
    if (y0 <= y !== y1 <= y && x < x0 + ((y - y0) * (x1 - x0)) / (y1 - y0)) isInside = !isInside;
  }
  return isInside;
}

function radii({ width, height, cornerRadius }: Shaped): readonly [number, number] {
  const radius = Math.min(cornerRadius, width / 2, height / 2);
  return [radius, radius];
}

/** A quarter of a circle as one cubic curve: off by 0.03 % of its radius at most. */
const kappa = 0.5522847;

function roundBox(w: number, h: number, rx: number, ry: number): string {
  const [kx, ky] = [rx * (1 - kappa), ry * (1 - kappa)];
  return [
    `M ${rx} 0 L ${w - rx} 0 C ${w - kx} 0 ${w} ${ky} ${w} ${ry}`,
    `L ${w} ${h - ry} C ${w} ${h - ky} ${w - kx} ${h} ${w - rx} ${h}`,
    `L ${rx} ${h} C ${kx} ${h} 0 ${h - ky} 0 ${h - ry} L 0 ${ry} C 0 ${ky} ${kx} 0 ${rx} 0 Z`,
  ].join(' ');
}

function path(data: string): VectorPath {
  return { windingRule: 'NONZERO', data };
}

function moved(data: string, by: number): string {
  return data.replace(/-?[\d.]+(?:e-?\d+)?/g, (one) => String(Number(one) + by));
}

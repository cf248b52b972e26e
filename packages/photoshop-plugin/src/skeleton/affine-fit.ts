import type { Point } from './shape-commands.ts';

/** x' = a x + c y + e, y' = b x + d y + f. */
export interface Affine {
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly e: number;
  readonly f: number;
}

export function applyAffine({ a, b, c, d, e, f }: Affine, [x, y]: Point): Point {
  return [a * x + c * y + e, b * x + d * y + f];
}

/**
 * The affine map that takes `from` to `to` with the least squared error, by its normal equations about the means.
 * Undefined where the points lie on a line, or are fewer than three.
 */
export function fitAffine(from: readonly Point[], to: readonly Point[]): Affine | undefined {
  const count = from.length;
  if (count < 3) return undefined;
  const [mx, my] = mean(from);
  const [nx, ny] = mean(to);
  let [xx, xy, yy, xu, yu, xv, yv] = [0, 0, 0, 0, 0, 0, 0];
  for (let i = 0; i < count; i++) {
    const [x, y] = [from[i][0] - mx, from[i][1] - my];
    const [u, v] = [to[i][0] - nx, to[i][1] - ny];
    xx += x * x;
    xy += x * y;
    yy += y * y;
    xu += x * u;
    yu += y * u;
    xv += x * v;
    yv += y * v;
  }
  const det = xx * yy - xy * xy;
  // Nearly on a line: what lies beside it would be guessed.
  if (det <= 1e-6 * (xx + yy) ** 2) return undefined;
  const a = (xu * yy - yu * xy) / det;
  const c = (yu * xx - xu * xy) / det;
  const b = (xv * yy - yv * xy) / det;
  const d = (yv * xx - xv * xy) / det;
  return { a, b, c, d, e: nx - a * mx - c * my, f: ny - b * mx - d * my };
}

function mean(points: readonly Point[]): Point {
  const [x, y] = points.reduce<Point>(([sx, sy], [px, py]) => [sx + px, sy + py], [0, 0]);
  return [x / points.length, y / points.length];
}

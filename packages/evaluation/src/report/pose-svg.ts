import { limbs } from '@stable-pose/core';
import type { MetricKeypoints } from '../metrics/pose-set.ts';

/** Poses as SVG lines and dots in the skeleton's colours, in pixels of the picture; without the `svg` element. */
export function poseSvg(
  people: readonly MetricKeypoints[],
  size: { readonly width: number; readonly height: number },
): string {
  const unit = Math.max(size.width, size.height) / 256;
  const one = (value: number) => value.toFixed(1);
  return people
    .map((keypoints) => {
      const isThere = (i: number) => keypoints[i]![2] > 0.05;
      const lines = limbs
        .filter(({ from, to }) => isThere(from) && isThere(to))
        .map(({ from, to, colour }) => {
          const [a, b] = [keypoints[from]!, keypoints[to]!];
          return `<line x1="${one(a[0])}" y1="${one(a[1])}" x2="${one(b[0])}" y2="${one(b[1])}" stroke="rgb(${colour})"/>`;
        });
      const dots = keypoints
        .filter((_, i) => isThere(i))
        .map(([x, y]) => `<circle cx="${one(x)}" cy="${one(y)}" r="${one(1.6 * unit)}"/>`);
      return `<g stroke-width="${one(3 * unit)}" stroke-linecap="round">${lines.join('')}<g fill="#fff" stroke="#000" stroke-width="${one(0.6 * unit)}">${dots.join('')}</g></g>`;
    })
    .join('');
}

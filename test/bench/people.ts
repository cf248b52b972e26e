import { keypointNames, type Pose } from '@stable-pose/core';

/** Someone who stands and waves, in a box of 1 x 2 with the feet at the bottom; COCO's seventeen in COCO's order. */
const waving: readonly (readonly [x: number, y: number])[] = [
  [0.5, 0.16],
  [0.54, 0.12],
  [0.46, 0.12],
  [0.59, 0.15],
  [0.41, 0.15],
  [0.69, 0.4],
  [0.31, 0.4],
  [0.85, 0.2],
  [0.22, 0.72],
  [0.8, 0.02],
  [0.2, 1],
  [0.62, 1],
  [0.38, 1],
  [0.64, 1.45],
  [0.36, 1.45],
  [0.66, 1.9],
  [0.34, 1.9],
];

/** So many people side by side, in two rows from six on, filling the picture. */
export function people(
  count: number,
  { width, height }: { readonly width: number; readonly height: number },
): Pose[] {
  const rows = count > 5 ? 2 : 1;
  const columns = Math.ceil(count / rows);
  const scale = Math.min(width / columns, height / rows / 2);
  return Array.from({ length: count }, (_, i) => {
    const left = ((i % columns) + 0.5) * (width / columns) - scale / 2;
    const top = Math.floor(i / columns) * (height / rows) + (height / rows - 2 * scale) / 2;
    return {
      keypoints: keypointNames.map(
        (_, k) => [left + waving[k][0] * scale, top + waving[k][1] * scale, 1] as const,
      ),
    };
  });
}

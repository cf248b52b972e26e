import type { Keypoint } from '../keypoints.ts';

/*
 * Which COCO-17 keypoint stands at each place of OpenPose's two body layouts; -1 where COCO-17 has none (neck, mid hip,
 * feet). Source: OpenPose's doc/02_output.md, "Keypoints in C++/Python".
 */

const neck = -1;
const none = -1;

export const coco18Layout: readonly number[] = [
  0,
  neck,
  ...[6, 8, 10],
  ...[5, 7, 9],
  ...[12, 14, 16],
  ...[11, 13, 15],
  ...[2, 1, 4, 3],
];

export const body25Layout: readonly number[] = [
  0,
  neck,
  ...[6, 8, 10],
  ...[5, 7, 9],
  none,
  ...[12, 14, 16],
  ...[11, 13, 15],
  ...[2, 1, 4, 3],
  ...[none, none, none, none, none, none],
];

/** Where the neck stands in both layouts, and the mid hip in BODY_25. */
export const neckPlace = 1;
export const midHipPlace = 8;

/** Seventeen COCO keypoints from OpenPose's points. */
export function fromLayout(points: readonly Keypoint[], layout: readonly number[]): Keypoint[] {
  const keypoints: Keypoint[] = Array.from({ length: 17 }, () => [0, 0, 0]);
  layout.forEach((index, place) => {
    if (index >= 0) keypoints[index] = points[place];
  });
  return keypoints;
}

/** OpenPose's points from COCO's; neck and mid hip are the middle of the shoulders and hips when both are there. */
export function toLayout(keypoints: readonly Keypoint[], layout: readonly number[]): Keypoint[] {
  const points = layout.map((index): Keypoint => (index >= 0 ? keypoints[index] : [0, 0, 0]));
  points[neckPlace] = between(keypoints[5], keypoints[6]);
  if (layout === body25Layout) points[midHipPlace] = between(keypoints[11], keypoints[12]);
  return points;
}

function between(a: Keypoint, b: Keypoint): Keypoint {
  if (!(a[2] > 0 && b[2] > 0)) return [0, 0, 0];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2, Math.min(a[2], b[2])];
}

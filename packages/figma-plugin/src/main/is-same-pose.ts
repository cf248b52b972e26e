import type { Keypoint, Pose } from '@stable-pose/core/pose';
import { samePlace } from './settle-joints.ts';

/** Whether two poses are drawn alike: every point of body, hands and face in the same place, or absent in both. */
export function isSamePose(one: Pose, other: Pose): boolean {
  const [a, b] = [pointsOf(one), pointsOf(other)];
  return a.every(
    (points, i) => points.length === b[i].length && points.every((point, k) => isSame(point, b[i][k])),
  );
}

function pointsOf({ keypoints, hands, face }: Pose): readonly (readonly Keypoint[])[] {
  return [keypoints, hands?.left ?? [], hands?.right ?? [], face ?? []];
}

function isSame([x, y, confidence]: Keypoint, [u, v, other]: Keypoint): boolean {
  if (!(confidence > 0) || !(other > 0)) return confidence > 0 === other > 0;
  return Math.hypot(x - u, y - v) <= samePlace && Math.abs(confidence - other) < 0.01;
}

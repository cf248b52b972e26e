import type { Keypoint, Pose } from './keypoints.ts';
import { mirroredKeypoint } from './skeleton.ts';

/** A size in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The pose with `move` applied to every present point, hands and face included; absent points stay absent. */
export function mapPose(pose: Pose, move: (x: number, y: number) => readonly [number, number]): Pose {
  const all = (points: readonly Keypoint[]) =>
    points.map(([x, y, confidence]): Keypoint => {
      if (!(confidence > 0)) return [0, 0, 0];
      const [toX, toY] = move(x, y);
      return [toX, toY, confidence];
    });
  const { hands, face } = pose;
  return {
    keypoints: all(pose.keypoints),
    ...(hands
      ? {
          hands: {
            ...(hands.left ? { left: all(hands.left) } : {}),
            ...(hands.right ? { right: all(hands.right) } : {}),
          },
        }
      : {}),
    ...(face ? { face: all(face) } : {}),
  };
}

/** The pose, every present point `dx` pixels to the right and `dy` down; absent points stay absent. */
export function movePose(pose: Pose, dx: number, dy: number): Pose {
  return mapPose(pose, (x, y) => [x + dx, y + dy]);
}

/**
 * Poses of a picture of size `from`, in a picture of size `to`.
 * `contain` (unless told): proportions kept, the whole of the old picture in view, centred. `cover`: proportions kept, the
 * new picture filled, centred, the rest outside. `stretch`: each side by itself.
 */
export function scalePoses(
  poses: readonly Pose[],
  from: Size,
  to: Size,
  fit: 'contain' | 'cover' | 'stretch' = 'contain',
): readonly Pose[] {
  const ratioX = to.width / from.width;
  const ratioY = to.height / from.height;
  const one = fit === 'contain' ? Math.min(ratioX, ratioY) : Math.max(ratioX, ratioY);
  const scaleX = fit === 'stretch' ? ratioX : one;
  const scaleY = fit === 'stretch' ? ratioY : one;
  const dx = (to.width - from.width * scaleX) / 2;
  const dy = (to.height - from.height * scaleY) / 2;
  return poses.map((pose) => mapPose(pose, (x, y) => [x * scaleX + dx, y * scaleY + dy]));
}

/** iBUG 300-W's 68 face points and two pupils, seen in a mirror. */
const mirroredFace: readonly number[] = [
  ...[16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0],
  ...[26, 25, 24, 23, 22, 21, 20, 19, 18, 17],
  ...[27, 28, 29, 30, 35, 34, 33, 32, 31],
  ...[45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40],
  ...[54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55],
  ...[64, 63, 62, 61, 60, 67, 66, 65],
  ...[69, 68],
];

/**
 * The pose seen in a mirror: x becomes width - x, and left and right change names, so that the person stays anatomically
 * right (a raised right hand becomes a raised left one).
 */
export function mirrorPose(pose: Pose, width: number): Pose {
  const flipped = mapPose(pose, (x, y) => [width - x, y]);
  const { hands, face } = flipped;
  return {
    keypoints: mirroredKeypoint.map((index) => flipped.keypoints[index]),
    ...(hands
      ? {
          hands: {
            ...(hands.right ? { left: hands.right } : {}),
            ...(hands.left ? { right: hands.left } : {}),
          },
        }
      : {}),
    ...(face ? { face: mirroredFace.map((index) => face[index]) } : {}),
  };
}

/** The box around the keypoints above `threshold`, or undefined when there is none. */
export function poseBounds(
  pose: Pose,
  threshold = 0,
):
  | { readonly left: number; readonly top: number; readonly right: number; readonly bottom: number }
  | undefined {
  const present = pose.keypoints.filter(([, , confidence]) => confidence > threshold);
  if (present.length === 0) return undefined;
  const xs = present.map(([x]) => x);
  const ys = present.map(([, y]) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

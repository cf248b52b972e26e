import type { Rectangle } from '../image/index.ts';
import type { Keypoint, Pose } from '../pose/index.ts';

/** Low, so that nobody takes a guess for a finding, and above the confidence from which keypoints are drawn (0.05). */
export const guessConfidence = 0.1;

/**
 * A person standing at ease, seen from the front, in COCO's order: x from the middle, y from the crown, in heights of the
 * body. Proportions of an adult of 7.5 heads (Drillis and Contini, segment lengths as shares of stature: shoulders 0.259
 * apart in all, hips 0.191, upper arm 0.186, forearm 0.146, thigh 0.245, shank 0.246).
 */
const standing: readonly (readonly [x: number, y: number])[] = [
  [0, 0.083],
  [0.017, 0.066],
  [-0.017, 0.066],
  [0.04, 0.073],
  [-0.04, 0.073],
  [0.11, 0.182],
  [-0.11, 0.182],
  [0.135, 0.366],
  [-0.135, 0.366],
  [0.145, 0.512],
  [-0.145, 0.512],
  [0.065, 0.47],
  [-0.065, 0.47],
  [0.07, 0.715],
  [-0.07, 0.715],
  [0.072, 0.961],
  [-0.072, 0.961],
];

/** Of the body's height: elbows and hands stand out farthest. */
const width = 0.35;

/** The standing person as large as fits in a box, in its middle. The person's left is to the viewer's right. */
export function neutralPose(box: Rectangle): Pose {
  const height = Math.min(box.height, box.width / width);
  const middle = box.x + box.width / 2;
  const crown = box.y + (box.height - height) / 2;
  const keypoints = standing.map(
    ([x, y]): Keypoint => [middle + x * height, crown + y * height, guessConfidence],
  );
  return { keypoints };
}

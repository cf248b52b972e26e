import type { Keypoint, Pose } from './keypoints.ts';
import { roundHalfEven } from './round-half-even.ts';
import { trainingThreshold } from './skeleton.ts';

/** How the authors' data loader cuts a square out of a picture. */
export interface ReferenceCrop {
  /** Size of the picture that the poses are given in. */
  readonly picture: { readonly width: number; readonly height: number };
  /** Side of the square. */
  readonly side: number;
  /** Where the square lies along the spare length, 0 up to (not including) 1. */
  readonly random: { readonly x: number; readonly y: number };
}

/** Poses in a square that was cut from a picture, and how it was cut. */
export interface CroppedPoses {
  readonly poses: readonly Pose[];
  /** Size of the picture after its shorter side became `side`. */
  readonly resized: { readonly width: number; readonly height: number };
  readonly scale: number;
  /** Top left corner of the square in the resized picture. */
  readonly x0: number;
  readonly y0: number;
}

/**
 * The authors' transform of training data, oddity included (pose/SPEC.md P11): the shorter side becomes `side`, a square
 * is cut at floor((long - side + 1) * random), a keypoint outside the original picture is moved to (0, 0) with its
 * confidence, and what then lies outside the square, or is not above 0.02, is absent. Hands and face are dropped.
 */
export function referenceCrop(poses: readonly Pose[], crop: ReferenceCrop): CroppedPoses {
  const { picture, side, random } = crop;
  const scale = side / Math.min(picture.width, picture.height);
  const resized = {
    width: roundHalfEven(picture.width * scale),
    height: roundHalfEven(picture.height * scale),
  };
  const x0 = Math.floor((resized.width - side + 1) * random.x);
  const y0 = Math.floor((resized.height - side + 1) * random.y);
  const moved = poses.map((pose) => ({
    keypoints: pose.keypoints.map(([x, y, confidence]): Keypoint => {
      if (!(confidence > trainingThreshold)) return [0, 0, 0];
      const outside = x < 0 || y < 0 || x >= picture.width || y >= picture.height;
      const atX = (outside ? 0 : x) * scale - x0;
      const atY = (outside ? 0 : y) * scale - y0;
      const kept = atX >= 0 && atY >= 0 && atX < side && atY < side;
      return kept ? [atX, atY, confidence] : [0, 0, 0];
    }),
  }));
  return { poses: moved, resized, scale, x0, y0 };
}

/** What the reference does to poses that are in the picture's own pixels already: P11 without resizing and cutting. */
export function referenceOutOfFrame(poses: readonly Pose[], width: number, height: number): readonly Pose[] {
  return poses.map((pose) => ({
    keypoints: pose.keypoints.map(([x, y, confidence]): Keypoint => {
      if (!(confidence > trainingThreshold)) return [0, 0, 0];
      const outside = x < 0 || y < 0 || x >= width || y >= height;
      return outside ? [0, 0, confidence] : [x, y, confidence];
    }),
  }));
}

/**
 * Whether the reference draws this person at all: only when the sum of his 51 numbers, absent keypoints counting as
 * (-1, -1, 0), is above 0.
 */
export function referenceDraws(pose: Pose): boolean {
  let sum = 0;
  for (const [x, y, confidence] of pose.keypoints) sum += confidence > 0 ? x + y + confidence : -2;
  return sum > 0;
}

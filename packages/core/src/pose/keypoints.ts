/** COCO's seventeen keypoints, in COCO's order. Left and right are the person's own. */
export const keypointNames = [
  'nose',
  'left_eye',
  'right_eye',
  'left_ear',
  'right_ear',
  'left_shoulder',
  'right_shoulder',
  'left_elbow',
  'right_elbow',
  'left_wrist',
  'right_wrist',
  'left_hip',
  'right_hip',
  'left_knee',
  'right_knee',
  'left_ankle',
  'right_ankle',
] as const;

/** One of {@link keypointNames}. */
export type KeypointName = (typeof keypointNames)[number];

/** Keypoints of a body: 17. */
export const keypointCount = keypointNames.length;

/**
 * A point in pixels of the picture (x to the right, y down, pixel i covers i to i + 1) and how sure it is, from 0 to 1.
 * Confidence 0 means absent: the place then says nothing and is written as 0, 0.
 */
export type Keypoint = readonly [x: number, y: number, confidence: number];

/** An absent keypoint. */
export const absentKeypoint: Keypoint = [0, 0, 0];

/** OpenPose's hand: 21 points, wrist first, then four a finger from the thumb on. */
export const handKeypointCount = 21;

/** OpenPose's face: 70 points (68 as in iBUG 300-W, then the pupils). */
export const faceKeypointCount = 70;

/** One person. Stable-Pose's drawing leaves hands and face out, OpenPose's has them. */
export interface Pose {
  /** Seventeen, in the order of {@link keypointNames}. */
  readonly keypoints: readonly Keypoint[];
  readonly hands?: { readonly left?: readonly Keypoint[]; readonly right?: readonly Keypoint[] };
  readonly face?: readonly Keypoint[];
}

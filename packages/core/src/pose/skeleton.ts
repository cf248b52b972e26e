import type { KeypointName } from './keypoints.ts';

/** A colour: red, green, blue, 0 to 255. */
export type Colour = readonly [red: number, green: number, blue: number];

/** Two joined keypoints by their COCO index, and the colour they are drawn in. */
export interface Limb {
  readonly from: number;
  readonly to: number;
  readonly colour: Colour;
}

/**
 * The sixteen limbs that Stable-Pose draws, in its order (later ones cover earlier ones), with their colours. There is no
 * neck, no shoulder-shoulder and no hip-hip limb; ears join the shoulders.
 *
 * Source: ldm/data/dataset_pose.py of the authors' release, stated as facts by the reference vectors. Colour i is
 * seaborn's `hls` palette of sixteen: trunc(255 * HLS(0.01 + i / 16, lightness 0.6, saturation 0.65)).
 */
export const limbs: readonly Limb[] = [
  { from: 0, to: 1, colour: [219, 94, 86] },
  { from: 0, to: 2, colour: [219, 144, 86] },
  { from: 1, to: 3, colour: [219, 194, 86] },
  { from: 2, to: 4, colour: [194, 219, 86] },
  { from: 3, to: 5, colour: [145, 219, 86] },
  { from: 4, to: 6, colour: [95, 219, 86] },
  { from: 5, to: 7, colour: [86, 219, 127] },
  { from: 6, to: 8, colour: [86, 219, 177] },
  { from: 7, to: 9, colour: [86, 211, 219] },
  { from: 8, to: 10, colour: [86, 161, 219] },
  { from: 5, to: 11, colour: [86, 111, 219] },
  { from: 6, to: 12, colour: [111, 86, 219] },
  { from: 11, to: 13, colour: [160, 86, 219] },
  { from: 12, to: 14, colour: [210, 86, 219] },
  { from: 13, to: 15, colour: [219, 86, 178] },
  { from: 14, to: 16, colour: [219, 86, 128] },
];

/** The keypoint on the other side of the body, by COCO index; the nose is its own. */
export const mirroredKeypoint: readonly number[] = [0, 2, 1, 4, 3, 6, 5, 8, 7, 10, 9, 12, 11, 14, 13, 16, 15];

/** Line width in pixels of a 512-pixel picture. Source: configs/stable_pose of the authors' release. */
export const statedLineWidth = 10;

/** A keypoint is drawn above this confidence (strictly). Source: the authors' eval_pose.py. */
export const drawingThreshold = 0.05;

/** A keypoint is kept above this confidence (strictly) when training data is read. Source: dataset_pose.py. */
export const trainingThreshold = 0.02;

/** The most people that Stable-Pose was trained to see. Source: the authors' configuration. */
export const maxPeople = 10;

/**
 * COCO's per-keypoint falloff: the standard deviation of annotators' error, as a share of the person's size.
 * Source: pycocotools `cocoeval.Params`, given there as 10 sigma in hundredths.
 */
export const cocoSigmas: Readonly<Record<KeypointName, number>> = {
  nose: 0.026,
  left_eye: 0.025,
  right_eye: 0.025,
  left_ear: 0.035,
  right_ear: 0.035,
  left_shoulder: 0.079,
  right_shoulder: 0.079,
  left_elbow: 0.072,
  right_elbow: 0.072,
  left_wrist: 0.062,
  right_wrist: 0.062,
  left_hip: 0.107,
  right_hip: 0.107,
  left_knee: 0.087,
  right_knee: 0.087,
  left_ankle: 0.089,
  right_ankle: 0.089,
};

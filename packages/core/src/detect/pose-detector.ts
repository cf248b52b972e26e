import type { Raster, Rectangle } from '../image/index.ts';
import type { Pose } from '../pose/index.ts';

/** A person found in a picture. */
export interface DetectedPerson {
  /** Seventeen keypoints in pixels of the picture, with the detector's confidences (0 to 1). */
  readonly pose: Pose;
  /** Round the person, in pixels; whole numbers, may reach over the picture's border. */
  readonly box: Rectangle;
  /** Mean confidence of the keypoints, 0 to 1. */
  readonly score: number;
  /** Nothing was found in the box: a neutral standing person fitted to it, for someone to correct. */
  readonly isGuess: boolean;
}

/** How one picture is looked at. */
export interface DetectOptions {
  /** Look for exactly one person in each box, in this order. Absent: find the people unaided. */
  readonly boxes?: readonly Rectangle[];
  /** Unaided: how many people at most, the surest first. Default 10. */
  readonly maxPeople?: number;
  readonly signal?: AbortSignal;
}

/** Finds people in pictures. */
export interface PoseDetector {
  /**
   * With boxes as many people as boxes, each found or guessed; without boxes the people found, left to right.
   * @throws invalid-image, invalid-pose (a box without area), cancelled
   */
  detect(picture: Raster, options?: DetectOptions): Promise<readonly DetectedPerson[]>;
  dispose(): Promise<void>;
}

import type { Pose } from '@stable-pose/core';
import type { Figure } from '../figure/figure.ts';

/**
 * `shown`: the model is told of it. `hidden`: it is there, behind something, and the model is not told (confidence 0).
 * `deleted`: out of sight in the editor too; it keeps its place, so that it can be restored where it was.
 */
export type KeypointState = 'shown' | 'hidden' | 'deleted';

/** A place in pixels of the picture. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** Joints below this confidence are shown as uncertain, until somebody places them. */
export const uncertainBelow = 0.3;

/** One of the seventeen, as the editor knows it: unlike core's, it has a place even when the model is not told of it. */
export interface EditorKeypoint extends Point {
  /** Above 0, to 1. */
  readonly confidence: number;
  readonly state: KeypointState;
  /** It keeps its place whatever is dragged. */
  readonly isLocked: boolean;
}

/** A person who is edited. Never changed in place. */
export interface Person {
  /** Unique in its document. */
  readonly id: string;
  /** Seventeen, in COCO's order. */
  readonly keypoints: readonly EditorKeypoint[];
  /** They follow wrists and head, and their shape is edited on its own. */
  readonly hands?: Pose['hands'];
  readonly face?: Pose['face'];
  /** What a reset goes back to: the places at the time of coming in. Seventeen. */
  readonly origin: readonly Point[];
  /** As last posed in space; where it is not where the keypoints are, they were changed in the plane since. */
  readonly figure?: Figure;
}

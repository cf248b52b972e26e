import {
  absentKeypoint,
  faceKeypointCount,
  handKeypointCount,
  type Keypoint,
  type Pose,
} from '../keypoints.ts';
import { isPresent } from './read-points.ts';

/*
 * COCO-WholeBody's 133 points: 17 of the body in COCO's order, 6 of the feet, 68 of the face (iBUG 300-W), 21 of each hand.
 * Source: COCO-WholeBody's data format; DWPose gives the same 133.
 */

export const bodyCount = 17;
export const footCount = 6;
export const wholeBodyFaceCount = 68;
const faceStart = bodyCount + footCount;
const leftHandStart = faceStart + wholeBodyFaceCount;
const rightHandStart = leftHandStart + handKeypointCount;
export const wholeBodyCount = rightHandStart + handKeypointCount;

export interface WholeBodyParts {
  readonly body: readonly Keypoint[];
  readonly feet?: readonly Keypoint[];
  readonly face?: readonly Keypoint[];
  readonly leftHand?: readonly Keypoint[];
  readonly rightHand?: readonly Keypoint[];
}

/** 133 points, or 17, taken apart. */
export function wholeBodyParts(points: readonly Keypoint[]): WholeBodyParts {
  if (points.length === bodyCount) return { body: points };
  return {
    body: points.slice(0, bodyCount),
    feet: points.slice(bodyCount, faceStart),
    face: points.slice(faceStart, leftHandStart),
    leftHand: points.slice(leftHandStart, rightHandStart),
    rightHand: points.slice(rightHandStart),
  };
}

/** 133 points of a pose: feet absent, pupils left out. */
export function wholeBodyPoints({ keypoints, hands, face }: Pose): readonly Keypoint[] {
  return [
    ...keypoints,
    ...absent(footCount),
    ...(face?.slice(0, wholeBodyFaceCount) ?? absent(wholeBodyFaceCount)),
    ...(hands?.left ?? absent(handKeypointCount)),
    ...(hands?.right ?? absent(handKeypointCount)),
  ];
}

/** A pose of the parts; hands and faces without any point are none. */
export function poseOfParts(
  { body, feet, face, leftHand, rightHand }: WholeBodyParts,
  notes: Set<string>,
): Pose {
  if (feet?.some(isPresent)) notes.add('Feet were left out: the skeleton ends at the ankles.');
  const left = leftHand?.some(isPresent) ? leftHand : undefined;
  const right = rightHand?.some(isPresent) ? rightHand : undefined;
  return {
    keypoints: body,
    ...(left || right ? { hands: { ...(left ? { left } : {}), ...(right ? { right } : {}) } } : {}),
    ...(face?.some(isPresent) ? { face: [...face, ...absent(faceKeypointCount - wholeBodyFaceCount)] } : {}),
  };
}

function absent(count: number): Keypoint[] {
  return Array.from({ length: count }, () => absentKeypoint);
}

import type { Keypoint, Pose } from '../keypoints.ts';
import { isPresent } from './read-points.ts';

/*
 * Sentences for what a format cannot carry, each given only when the poses have it.
 */

const faceWithoutPupils = 68;

/** Every present point of the poses, hands and faces included. */
export function presentPoints(poses: readonly Pose[]): Keypoint[] {
  return poses
    .flatMap(({ keypoints, hands, face }) => [
      ...keypoints,
      ...(hands?.left ?? []),
      ...(hands?.right ?? []),
      ...(face ?? []),
    ])
    .filter(isPresent);
}

export function lostHandsAndFaces(poses: readonly Pose[]): string[] {
  const notes: string[] = [];
  if (poses.some(({ hands }) => [hands?.left, hands?.right].some((hand) => hand?.some(isPresent)))) {
    notes.push('Hands were left out: the format has no place for them.');
  }
  if (poses.some(({ face }) => face?.some(isPresent))) {
    notes.push('Faces were left out: the format has no place for them.');
  }
  return notes;
}

export function lostPupils(poses: readonly Pose[]): string[] {
  return poses.some(({ face }) => face?.slice(faceWithoutPupils).some(isPresent))
    ? ['Pupils were left out: the format has 68 points for a face.']
    : [];
}

/** Points whose confidence is not one of `kept`. */
export function lostConfidences(
  points: readonly Keypoint[],
  kept: readonly number[],
  what: string,
): string[] {
  return points.some(([, , confidence]) => confidence > 0 && !kept.includes(confidence)) ? [what] : [];
}

/** Numbers that all lie within 1 are read as shares of the picture, whatever wrote them. */
export function lostUnit(points: readonly Keypoint[]): string[] {
  return points.length > 0 && points.every(([x, y]) => Math.abs(x) <= 1 && Math.abs(y) <= 1)
    ? [
        'Every place lies within a pixel of the corner: readers will take the numbers for shares of the picture.',
      ]
    : [];
}

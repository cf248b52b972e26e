import type { Keypoint } from '@stable-pose/core';
import type { Person, Point } from './person.ts';

/** A map of the plane, for everything that moves a person as a whole. */
export type PlaneMap = (point: Point) => Point;

function mapPoints(points: readonly Keypoint[], map: PlaneMap): readonly Keypoint[] {
  return points.map(([x, y, confidence]): Keypoint => {
    if (!(confidence > 0)) return [0, 0, 0];
    const moved = map({ x, y });
    return [moved.x, moved.y, confidence];
  });
}

/** Moves every keypoint but the locked ones, hands and face with them. */
export function mapPerson(person: Person, map: PlaneMap): Person {
  const { hands, face } = person;
  return {
    ...person,
    keypoints: person.keypoints.map((keypoint) =>
      keypoint.isLocked ? keypoint : { ...keypoint, ...map(keypoint) },
    ),
    ...(hands
      ? {
          hands: {
            ...(hands.left ? { left: mapPoints(hands.left, map) } : {}),
            ...(hands.right ? { right: mapPoints(hands.right, map) } : {}),
          },
        }
      : {}),
    ...(face ? { face: mapPoints(face, map) } : {}),
  };
}

/** Hand or face alone. */
export function mapPart(points: readonly Keypoint[], map: PlaneMap): readonly Keypoint[] {
  return mapPoints(points, map);
}

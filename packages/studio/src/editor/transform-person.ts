import { mirroredKeypoint, mirrorPose, type Pose } from '@stable-pose/core';
import { mapPerson } from './map-person.ts';
import type { EditorKeypoint, Person, Point } from './person.ts';
import { turned } from './plane.ts';

export interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Round what is not deleted; round everything when all is. */
export function personBounds(people: readonly Person[]): Bounds | undefined {
  const all = people.flatMap(({ keypoints }) => keypoints);
  const present = all.filter(({ state }) => state !== 'deleted');
  const points = present.length > 0 ? present : all;
  if (points.length === 0) return undefined;
  const xs = points.map(({ x }) => x);
  const ys = points.map(({ y }) => y);
  return { left: Math.min(...xs), top: Math.min(...ys), right: Math.max(...xs), bottom: Math.max(...ys) };
}

export function centreOf({ left, top, right, bottom }: Bounds): Point {
  return { x: (left + right) / 2, y: (top + bottom) / 2 };
}

export function movePerson(person: Person, dx: number, dy: number): Person {
  return mapPerson(person, ({ x, y }) => ({ x: x + dx, y: y + dy }));
}

/** @param factorX, factorY above 0 */
export function scalePerson(person: Person, about: Point, factorX: number, factorY = factorX): Person {
  return mapPerson(person, ({ x, y }) => ({
    x: about.x + (x - about.x) * factorX,
    y: about.y + (y - about.y) * factorY,
  }));
}

export function turnPerson(person: Person, about: Point, radians: number): Person {
  return mapPerson(person, (point) => turned(point, about, radians));
}

/**
 * The person seen in a mirror that stands at x = `at`: places are flipped and left and right change names, so that a raised
 * right hand becomes a raised left one. Locks and states go with the places.
 */
export function mirrorPerson(person: Person, at: number): Person {
  const flip = <T extends Point>(point: T): T => ({ ...point, x: 2 * at - point.x });
  const flipped = { ...person, keypoints: person.keypoints.map(flip), origin: person.origin.map(flip) };
  return swapSides(flipped, mirroredParts(person, at));
}

/** Left and right change names, and nothing moves: who faced us turns the back on us. */
export function swapSides(
  person: Person,
  parts: Pick<Person, 'hands' | 'face'> = swappedHands(person),
): Person {
  // The figure in space is another one: it is lifted anew.
  const { hands: _hands, face: _face, figure: _figure, ...rest } = person;
  return {
    ...rest,
    ...parts,
    keypoints: mirroredKeypoint.map((index) => person.keypoints[index]),
    origin: mirroredKeypoint.map((index) => person.origin[index]),
  };
}

function swappedHands({ hands, face }: Person): Pick<Person, 'hands' | 'face'> {
  return {
    ...(hands
      ? {
          hands: {
            ...(hands.right ? { left: hands.right } : {}),
            ...(hands.left ? { right: hands.left } : {}),
          },
        }
      : {}),
    ...(face ? { face } : {}),
  };
}

function mirroredParts({ hands, face }: Person, at: number): Pick<Person, 'hands' | 'face'> {
  const nobody: Pose['keypoints'] = Array.from({ length: 17 }, () => [0, 0, 0] as const);
  const mirrored = mirrorPose(
    { keypoints: nobody, ...(hands ? { hands } : {}), ...(face ? { face } : {}) },
    2 * at,
  );
  return {
    ...(mirrored.hands ? { hands: mirrored.hands } : {}),
    ...(mirrored.face ? { face: mirrored.face } : {}),
  };
}

/** Changes some keypoints; the others stay the same objects. */
export function changeKeypoints(
  person: Person,
  indexes: ReadonlySet<number>,
  change: (keypoint: EditorKeypoint, index: number) => EditorKeypoint,
): Person {
  return {
    ...person,
    keypoints: person.keypoints.map((keypoint, i) => (indexes.has(i) ? change(keypoint, i) : keypoint)),
  };
}

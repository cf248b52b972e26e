import { followParts } from './follow-parts.ts';
import { carriedBy, chainOf, head, nose, parentOf } from './kinematic-tree.ts';
import type { EditorKeypoint, Person, Point } from './person.ts';
import { angleOf, distance, middle } from './plane.ts';

/** Everything as it came in, where it came in: places, states and locks. */
export function resetPerson(person: Person): Person {
  const keypoints = person.keypoints.map(
    (keypoint, i): EditorKeypoint => ({ ...keypoint, ...person.origin[i], state: 'shown', isLocked: false }),
  );
  const { figure: _figure, ...rest } = person;
  return followParts(person, { ...rest, keypoints });
}

/**
 * The limb of a keypoint as it came in: arm, leg or head, as it hung on the body then, on the body as it stands and is turned
 * and sized now. A keypoint of the torso has no limb, and gives the person back.
 */
export function resetLimb(person: Person, index: number): Person {
  const chain = chainOf(index);
  const indexes = chain ? [chain[1], chain[2]] : index <= 4 ? head : [];
  if (indexes.length === 0) return person;
  const frameBefore = bodyFrame(person.origin);
  const frameNow = bodyFrame(person.keypoints);
  const turn = frameNow.angle - frameBefore.angle;
  const scale = frameBefore.length > 0 ? frameNow.length / frameBefore.length : 1;
  const [cos, sin] = [Math.cos(turn) * scale, Math.sin(turn) * scale];
  const places = new Map<number, Point>();
  const rootOf = (points: readonly Point[]) => (chain ? points[chain[0]] : middle(points[5], points[6]));
  const from = rootOf(person.origin);
  const to = rootOf(person.keypoints);
  for (const i of indexes) {
    const x = person.origin[i].x - from.x;
    const y = person.origin[i].y - from.y;
    places.set(i, { x: to.x + x * cos - y * sin, y: to.y + x * sin + y * cos });
  }
  const keypoints = person.keypoints.map((keypoint, i) => {
    const place = places.get(i);
    return place && !keypoint.isLocked ? { ...keypoint, ...place } : keypoint;
  });
  return followParts(person, { ...person, keypoints });
}

/** How the torso stands: from the middle of the hips to that of the shoulders. */
function bodyFrame(points: readonly Point[]): { readonly angle: number; readonly length: number } {
  const hips = middle(points[11], points[12]);
  const shoulders = middle(points[5], points[6]);
  return { angle: angleOf(hips, shoulders), length: distance(hips, shoulders) };
}

/** The keypoints that belong to the limb of one: for selecting. */
export function limbOf(index: number): readonly number[] {
  const chain = chainOf(index);
  if (chain) return chain;
  return parentOf(index) === nose || index === nose ? carriedBy(nose) : [index];
}

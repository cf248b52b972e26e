import { mapPart } from './map-person.ts';
import type { Person, Point } from './person.ts';
import { angleOf, turned } from './plane.ts';

/**
 * A new pose with the hands and face that somebody had, where it brings none of its own: on their forearms and head. A part
 * whose joint is absent in the pose goes.
 */
export function keepParts(before: Person, fresh: Person): Person {
  if (fresh.hands || fresh.face) return fresh;
  const isThere = (index: number) =>
    before.keypoints[index].state !== 'deleted' && fresh.keypoints[index].state !== 'deleted';
  const { left, right } = before.hands ?? {};
  const hands = { ...(left && isThere(9) ? { left } : {}), ...(right && isThere(10) ? { right } : {}) };
  return followParts(before, {
    ...fresh,
    ...(hands.left || hands.right ? { hands } : {}),
    ...(before.face && isThere(0) ? { face: before.face } : {}),
  });
}

/** Hands go and turn with their forearms, the face with the head, after keypoints of a person moved. */
export function followParts(before: Person, after: Person): Person {
  const { hands, face } = after;
  if (!hands && !face) return after;
  const carry = (anchor: number, axis: readonly [number, number]) => {
    const [from, to] = axis;
    const turn =
      angleOf(after.keypoints[from], after.keypoints[to]) -
      angleOf(before.keypoints[from], before.keypoints[to]);
    const old = before.keypoints[anchor];
    const now = after.keypoints[anchor];
    return (point: Point): Point => {
      const spun = turned(point, old, turn);
      return { x: spun.x + now.x - old.x, y: spun.y + now.y - old.y };
    };
  };
  return {
    ...after,
    ...(hands
      ? {
          hands: {
            ...(hands.left ? { left: mapPart(hands.left, carry(9, [7, 9])) } : {}),
            ...(hands.right ? { right: mapPart(hands.right, carry(10, [8, 10])) } : {}),
          },
        }
      : {}),
    ...(face ? { face: mapPart(face, carry(0, [3, 4])) } : {}),
  };
}

import { limbs as limbTable } from '@stable-pose/core/pose';
import { apply, type Point } from './affine.ts';
import type { LineNode, Transform } from './figma.ts';
import type { FoundJoint, FoundSkeleton } from './find-skeletons.ts';
import { endsIn, middleIn } from './node-place.ts';

/** A joint and where it is meant to be. */
export interface SettledJoint extends FoundJoint {
  readonly place: Point;
}

/** Closer than this, in pixels, two places are one: Figma keeps coordinates as 32-bit floats. */
export const samePlace = 0.1;

/**
 * Where the joints of a skeleton are, where `from` leads from the page, by COCO index. Joints are the truth, with one exception:
 * a limb that was moved alone takes its ends along. It was, where both its ends are off their joints while each of these
 * still lies at the end of another limb or has no other. A joint that was moved is off all its limbs instead. A limb that
 * was turned around one of its joints cannot be told from a moved joint, and the joint counts.
 * @param options.isExact also sees a limb that was flipped alone and crosses the line between its joints
 */
export function settleJoints(
  { joints, limbs }: FoundSkeleton,
  from: Transform,
  { isExact = false }: { readonly isExact?: boolean } = {},
): ReadonlyMap<number, SettledJoint> {
  const settled = new Map<number, SettledJoint>();
  for (const joint of joints) {
    // A duplicated joint lies in front of the one it was made from; the older one counts.
    if (settled.has(joint.index)) continue;
    settled.set(joint.index, { ...joint, place: middleIn(joint.node, from) });
  }
  const placed = limbs.map(({ index, node }) => {
    const { from: start, to: end } = limbTable[index];
    const places = [settled.get(start)?.place, settled.get(end)?.place] as const;
    const [a, b] = (isExact ? undefined : endsByBox(node, from, places)) ?? endsIn(node, from);
    return {
      index,
      ends: [
        { joint: start, at: a },
        { joint: end, at: b },
      ],
    };
  });
  const isOff = ({ joint, at }: { joint: number; at: Point }) => {
    const place = settled.get(joint)?.place;
    return place !== undefined && distance(place, at) > samePlace;
  };
  const movedAlone = placed.filter(({ index, ends }) =>
    ends.every((end) => {
      if (!isOff(end)) return false;
      const others = placed
        .filter((other) => other.index !== index)
        .map((other) => other.ends.find(({ joint }) => joint === end.joint))
        .filter((other) => other !== undefined);
      return others.length === 0 || others.some((other) => !isOff(other));
    }),
  );
  for (const { ends } of movedAlone) {
    for (const { joint, at } of ends) {
      const found = settled.get(joint);
      if (found) settled.set(joint, { ...found, place: at });
    }
  }
  return settled;
}

/**
 * A limb lies between its joints where the box around it does: one way into Figma instead of three. Undefined where the box is
 * elsewhere.
 */
function endsByBox(
  node: LineNode,
  from: Transform,
  [a, b]: readonly [Point | undefined, Point | undefined],
): readonly [Point, Point] | undefined {
  const box = node.absoluteBoundingBox;
  if (box === null || a === undefined || b === undefined) return undefined;
  const [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height];
  const diagonals: readonly (readonly [Point, Point])[] = [
    [apply(from, [left, top]), apply(from, [right, bottom])],
    [apply(from, [left, bottom]), apply(from, [right, top])],
  ];
  const isThere = diagonals.some(
    ([p, q]) =>
      (distance(p, a) <= samePlace && distance(q, b) <= samePlace) ||
      (distance(q, a) <= samePlace && distance(p, b) <= samePlace),
  );
  return isThere ? [a, b] : undefined;
}

function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}

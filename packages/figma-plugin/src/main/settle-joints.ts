import { limbs as limbTable } from '@stable-pose/core/pose';
import type { Point } from './affine.ts';
import type { BaseNode } from './figma.ts';
import type { FoundJoint, FoundSkeleton } from './find-skeletons.ts';
import { endsIn, middleIn } from './node-place.ts';

/** A joint and where it is meant to be. */
export interface SettledJoint extends FoundJoint {
  readonly place: Point;
}

/** Closer than this, in pixels, two places are one: Figma keeps coordinates as 32-bit floats. */
export const samePlace = 0.1;

/**
 * Where the joints of a skeleton are, in the coordinates of `frame`, by COCO index. Joints are the truth, with one exception:
 * a limb that was moved alone takes its ends along. It was, where both its ends are off their joints while each of these
 * still lies at the end of another limb or has no other. A joint that was moved is off all its limbs instead. A limb that
 * was turned around one of its joints cannot be told from a moved joint, and the joint counts.
 */
export function settleJoints(
  { joints, limbs }: FoundSkeleton,
  frame: BaseNode,
): ReadonlyMap<number, SettledJoint> {
  const settled = new Map<number, SettledJoint>();
  for (const joint of joints) {
    // A duplicated joint lies in front of the one it was made from; the older one counts.
    if (!settled.has(joint.index)) settled.set(joint.index, { ...joint, place: middleIn(joint.node, frame) });
  }
  const placed = limbs.map(({ index, node }) => {
    const { from, to } = limbTable[index];
    const [a, b] = endsIn(node, frame);
    return {
      index,
      ends: [
        { joint: from, at: a },
        { joint: to, at: b },
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

function distance([ax, ay]: Point, [bx, by]: Point): number {
  return Math.hypot(ax - bx, ay - by);
}

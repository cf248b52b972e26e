import type { Pose } from './keypoints.ts';

/** Parts of a body that a pose places, with the keypoints at their ends; left and right are the person's. */
export const bodyParts = [
  { name: 'left upper arm', from: 5, to: 7 },
  { name: 'left forearm', from: 7, to: 9 },
  { name: 'right upper arm', from: 6, to: 8 },
  { name: 'right forearm', from: 8, to: 10 },
  { name: 'left side', from: 5, to: 11 },
  { name: 'right side', from: 6, to: 12 },
  { name: 'left thigh', from: 11, to: 13 },
  { name: 'left shin', from: 13, to: 15 },
  { name: 'right thigh', from: 12, to: 14 },
  { name: 'right shin', from: 14, to: 16 },
] as const;

/** A part of a body that is compared, in words: left is the person's own. */
export type BodyPart = (typeof bodyParts)[number]['name'];

/** How a part of a found body differs from the asked one. */
export interface LimbDifference {
  readonly limb: BodyPart;
  /** Between the asked and the found direction, 0 to 180. */
  readonly degrees: number;
  /** From the asked to the found end of the limb that is farther from the trunk, in lengths of the person's head. */
  readonly headLengths: number;
}

/**
 * Length of a head as a share of: trunk (shoulders to hips), upper arm, thigh, shank. From segment lengths as shares of
 * stature (Drillis and Contini): head 0.130; trunk 0.288, upper arm 0.186, thigh 0.245, shank 0.246.
 */
const headOf = { trunk: 0.13 / 0.288, arm: 0.13 / 0.186, thigh: 0.13 / 0.245, shank: 0.13 / 0.246 } as const;

const measured: readonly (readonly [from: number, to: number, share: number])[] = [
  [5, 11, headOf.trunk],
  [6, 12, headOf.trunk],
  [5, 7, headOf.arm],
  [6, 8, headOf.arm],
  [11, 13, headOf.thigh],
  [12, 14, headOf.thigh],
  [13, 15, headOf.shank],
  [14, 16, headOf.shank],
];

/**
 * Pixels that the person's head is long, reckoned from the limb that is least foreshortened.
 * @returns undefined when no limb is whole
 */
export function headLength(pose: Pose): number | undefined {
  const lengths = measured.flatMap(([from, to, share]) => {
    const [a, b] = [pose.keypoints[from], pose.keypoints[to]];
    return a[2] > 0 && b[2] > 0 ? [share * Math.hypot(a[0] - b[0], a[1] - b[1])] : [];
  });
  const longest = Math.max(0, ...lengths);
  return longest > 0 ? longest : undefined;
}

/** A limb is off when it points elsewhere and its end is elsewhere, or when its end is far away. */
const offBy = { degrees: 25, headLengths: 0.5, farHeadLengths: 1 } as const;

/** The limbs in which a found pose is not the asked one, farthest first. Limbs without both ends asked are left out. */
export function limbsOff(found: Pose, asked: Pose): readonly LimbDifference[] {
  const head = headLength(asked);
  if (head === undefined) return [];
  const off: LimbDifference[] = [];
  for (const { name, from, to } of bodyParts) {
    const [askedFrom, askedTo] = [asked.keypoints[from], asked.keypoints[to]];
    const [foundFrom, foundTo] = [found.keypoints[from], found.keypoints[to]];
    if (![askedFrom, askedTo, foundFrom, foundTo].every(([, , confidence]) => confidence > 0)) continue;
    const headLengths = Math.hypot(foundTo[0] - askedTo[0], foundTo[1] - askedTo[1]) / head;
    const turn =
      Math.atan2(foundTo[1] - foundFrom[1], foundTo[0] - foundFrom[0]) -
      Math.atan2(askedTo[1] - askedFrom[1], askedTo[0] - askedFrom[0]);
    const degrees = (Math.abs(Math.atan2(Math.sin(turn), Math.cos(turn))) * 180) / Math.PI;
    const isOff =
      headLengths > offBy.farHeadLengths || (degrees > offBy.degrees && headLengths > offBy.headLengths);
    if (isOff) off.push({ limb: name, degrees, headLengths });
  }
  return off.sort((a, b) => b.headLengths - a.headLengths);
}

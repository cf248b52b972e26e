import type { Keypoint } from '@stable-pose/core';
import type { Person, Point } from './person.ts';
import { angleOf, distance } from './plane.ts';

export type HandSide = 'left' | 'right';
export const handShapes = [
  'open',
  'relaxed',
  'flat',
  'fist',
  'pointing',
  'victory',
  'thumb-up',
  'grip',
  'pinch',
] as const;
export type HandShape = (typeof handShapes)[number];

/** Twenty bones, finger after finger from the wrist on: thumb, index, middle, ring, little. */
export const handBones: readonly (readonly [from: number, to: number])[] = [0, 1, 2, 3, 4].flatMap(
  (finger) => [
    [0, 4 * finger + 1] as const,
    ...[1, 2, 3].map((step) => [4 * finger + step, 4 * finger + step + 1] as const),
  ],
);

/**
 * A right hand seen from its back, the wrist at (0, 0), fingers up (y down): where each finger leaves the palm, and its three
 * bones. In palms: the wrist to the middle finger's knuckle is 1. Proportions of an adult hand, by eye.
 */
const fingers = [
  { knuckle: { x: -0.34, y: -0.3 }, bones: [0.42, 0.36, 0.28] },
  { knuckle: { x: -0.24, y: -0.97 }, bones: [0.46, 0.28, 0.22] },
  { knuckle: { x: 0, y: -1 }, bones: [0.52, 0.32, 0.24] },
  { knuckle: { x: 0.2, y: -0.94 }, bones: [0.47, 0.3, 0.23] },
  { knuckle: { x: 0.37, y: -0.82 }, bones: [0.37, 0.22, 0.2] },
] as const;

/** Degrees of one finger: to the little finger's side of straight ahead, and bent towards the palm at each joint. */
type FingerPose = readonly [aside: number, bend: number];

const straight: readonly FingerPose[] = [
  [-48, 8],
  [-7, 4],
  [0, 3],
  [6, 4],
  [13, 5],
];
const bent = (bend: number): readonly FingerPose[] => straight.map(([aside]) => [aside, bend] as const);
const poses: Readonly<Record<HandShape, readonly FingerPose[]>> = {
  open: [
    [-62, 4],
    [-16, 2],
    [-1, 0],
    [13, 2],
    [28, 3],
  ],
  relaxed: [[-42, 16], ...bent(26).slice(1)],
  flat: [
    [-30, 6],
    [-3, 0],
    [0, 0],
    [3, 0],
    [6, 0],
  ],
  fist: [[-6, 44], ...bent(86).slice(1)],
  pointing: [[-10, 40], [-6, 2], ...bent(86).slice(2)],
  victory: [[-6, 46], [-16, 2], [10, 2], ...bent(86).slice(3)],
  'thumb-up': [[-82, 0], ...bent(86).slice(1)],
  grip: [[-40, 30], ...bent(52).slice(1)],
  pinch: [
    [-34, 22],
    [-12, 34],
    [0, 22],
    [8, 18],
    [16, 14],
  ],
};

/** The hand's length against the forearm's: 0.108 and 0.146 of a body's height (Winter, Biomechanics, table of segments). */
const handOverForearm = 0.108 / 0.146;
/** Wrist to the tip of a straight middle finger, in palms. */
const handInPalms = 1 + 0.52 + 0.32 + 0.24;

/** A hand on a forearm: along it, as large as it should be, the back towards us. */
export function handOfShape(person: Person, side: HandSide, shape: HandShape): readonly Keypoint[] {
  const [elbow, wrist] = side === 'left' ? [7, 9] : [8, 10];
  const [from, at] = [person.keypoints[elbow], person.keypoints[wrist]];
  const forearm = Math.max(distance(from, at), personHeight(person) * 0.09);
  const palm = (forearm * handOverForearm) / handInPalms;
  const turn = angleOf(from, at) + Math.PI / 2;
  const flip = side === 'left' ? -1 : 1;
  const place = ({ x, y }: Point): Keypoint => {
    const [u, v] = [x * flip * palm, y * palm];
    return [
      at.x + u * Math.cos(turn) - v * Math.sin(turn),
      at.y + u * Math.sin(turn) + v * Math.cos(turn),
      1,
    ];
  };
  const points: Point[] = [{ x: 0, y: 0 }];
  for (const [i, { knuckle, bones }] of fingers.entries()) {
    const [aside, bend] = poses[shape][i];
    points.push(knuckle);
    let last: Point = knuckle;
    const radians = (aside * Math.PI) / 180;
    for (const [joint, length] of bones.entries()) {
      // A bent finger points at us or away: what is seen of a bone is its cosine. The thumb bends in the palm's plane.
      const angle = ((joint + 1) * bend * Math.PI) / 180;
      const seen = i === 0 ? length : length * Math.cos(Math.min(angle, Math.PI));
      const way = i === 0 ? radians + angle * 0.7 : radians;
      last = { x: last.x + Math.sin(way) * seen, y: last.y - Math.cos(way) * seen };
      points.push(last);
    }
  }
  return points.map(place);
}

function personHeight({ keypoints }: Person): number {
  const ys = keypoints.filter(({ state }) => state !== 'deleted').map(({ y }) => y);
  return ys.length > 1 ? Math.max(...ys) - Math.min(...ys) : 100;
}

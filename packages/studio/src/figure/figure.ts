import { add, cross, dot, length, subtract, times, unit, type Vector } from '../library/space.ts';

/** A person in space: the seventeen joints in COCO's order, see `Camera` for the axes. Limb lengths are those between them. */
export type Figure = readonly Vector[];

/** Which way a body's part looks: three directions at right angles. */
export interface BodyFrame {
  readonly left: Vector;
  readonly up: Vector;
  readonly forward: Vector;
}

/** Decimetres of an adult of 1.75 m, as in the library's mannequin. */
export const proportions = {
  torso: 4.8,
  shoulders: 3.8,
  hips: 1.9,
  upperArm: 2.9,
  forearm: 2.6,
  thigh: 4.4,
  shin: 4.3,
  nose: 2.4,
  ears: 1.5,
  eyes: 0.64,
  /** From the ears forward to the nose. */
  face: 1.0,
  hand: 0.9,
  foot: 1.5,
} as const;

/** The four chains with their lengths in decimetres. */
export const limbChains = [
  { root: 5, middle: 7, end: 9, lengths: [proportions.upperArm, proportions.forearm], isArm: true, side: 1 },
  {
    root: 6,
    middle: 8,
    end: 10,
    lengths: [proportions.upperArm, proportions.forearm],
    isArm: true,
    side: -1,
  },
  { root: 11, middle: 13, end: 15, lengths: [proportions.thigh, proportions.shin], isArm: false, side: 1 },
  { root: 12, middle: 14, end: 16, lengths: [proportions.thigh, proportions.shin], isArm: false, side: -1 },
] as const;
export type LimbChain = (typeof limbChains)[number];

export const halfway = (a: Vector, b: Vector): Vector => times(add(a, b), 0.5);
export const apart = (a: Vector, b: Vector): number => length(subtract(a, b));
export const neckOfFigure = (figure: Figure): Vector => halfway(figure[5], figure[6]);
export const pelvisOfFigure = (figure: Figure): Vector => halfway(figure[11], figure[12]);

/** A frame from a line to the left and a rough way up, whatever they are: parallel or no lines at all give some frame. */
export function frameOf(leftwards: Vector, upwards: Vector): BodyFrame {
  const up = length(upwards) > 1e-6 ? unit(upwards) : ([0, 1, 0] as const);
  const flat = subtract(leftwards, times(up, dot(leftwards, up)));
  const spare = Math.abs(up[1]) < 0.9 ? cross(up, [0, 1, 0]) : cross(up, [0, 0, -1]);
  const left = unit(length(flat) > 1e-6 ? flat : spare);
  return { left, up, forward: cross(left, up) };
}

export function chestFrame(figure: Figure): BodyFrame {
  return frameOf(subtract(figure[5], figure[6]), subtract(neckOfFigure(figure), pelvisOfFigure(figure)));
}

export function pelvisFrame(figure: Figure): BodyFrame {
  return frameOf(subtract(figure[11], figure[12]), subtract(neckOfFigure(figure), pelvisOfFigure(figure)));
}

/** The ears tell left, the nose forward. */
export function headFrame(figure: Figure): BodyFrame {
  const ears = halfway(figure[3], figure[4]);
  const forward = subtract(figure[0], ears);
  const leftwards = subtract(figure[3], figure[4]);
  const upwards = cross(forward, leftwards);
  const chest = chestFrame(figure);
  const isFlat = length(upwards) < 1e-3 * (length(forward) * length(leftwards) + 1e-9);
  return frameOf(leftwards, isFlat ? chest.up : upwards);
}

/** In a frame's own directions. */
export const inFrame = ({ left, up, forward }: BodyFrame, v: Vector): Vector => [
  dot(v, left),
  dot(v, up),
  dot(v, forward),
];

export const outOfFrame = ({ left, up, forward }: BodyFrame, [x, y, z]: Vector): Vector =>
  add(add(times(left, x), times(up, y)), times(forward, z));

/** Pixels of a decimetre: the middle one of what torso and limbs say. */
export function figureScale(figure: Figure): number {
  const ratios = [
    apart(neckOfFigure(figure), pelvisOfFigure(figure)) / proportions.torso,
    ...limbChains.flatMap(({ root, middle, end, lengths }) => [
      apart(figure[root], figure[middle]) / lengths[0],
      apart(figure[middle], figure[end]) / lengths[1],
    ]),
  ].sort((a, b) => a - b);
  return Math.max(ratios[4], 1e-3);
}

/** The figure with some joints elsewhere. */
export function withPlaces(figure: Figure, places: ReadonlyMap<number, Vector>): Figure {
  return figure.map((place, i) => places.get(i) ?? place);
}

import {
  apply,
  cross,
  dot,
  length,
  rotation,
  swingBetween,
  times,
  unit,
  type Vector,
} from '../library/space.ts';

/**
 * A limb of two bones as a left one, in the directions of the body that it hangs on (left, up, forward): a ball joint at its
 * root, a hinge in its middle.
 */
export interface LimbState {
  /** Unit: from the root to the middle. */
  readonly upper: Vector;
  /** Unit, at right angles to `upper`: the lower bone is `upper` turned about it by `flexion`. */
  readonly hinge: Vector;
  /** Degrees, 0 straight. */
  readonly flexion: number;
}

interface Cone {
  readonly axis: Vector;
  /** Degrees from the axis. */
  readonly reach: number;
}

/** What a limb may do. Anatomical ranges of a supple adult, rounded. */
export interface LimbLimits {
  /** The upper bone stays in all of them. */
  readonly cones: readonly Cone[];
  /** The hinge where the upper bone lies along the first cone's axis; it is carried from there by the shortest swing. */
  readonly hingeAtAxis: Vector;
  /** Degrees about the upper bone, either way. */
  readonly twist: number;
  readonly flexion: number;
}

/** The hinge of a bone that hangs, carried to where the cone's axis is. */
const carried = (hinge: Vector, axis: Vector): Vector => apply(swingBetween([0, -1, 0], axis), hinge);

const armAxis = unit([0.62, 0.15, 0.75]);
/** Forward and overhead, across the chest, half a turn to the side, 45 degrees back when low and less when high. */
export const armLimits: LimbLimits = {
  cones: [
    { axis: armAxis, reach: 128 },
    { axis: unit([0.35, -0.35, 0.87]), reach: 125 },
  ],
  hingeAtAxis: carried([-1, 0, 0], armAxis),
  twist: 110,
  flexion: 150,
};

const legAxis = unit([0.35, -0.55, 0.75]);
/** 130 degrees forward, 30 back, a right angle to the side, 40 across; knees bend backwards. */
export const legLimits: LimbLimits = {
  cones: [{ axis: legAxis, reach: 85 }],
  hingeAtAxis: carried([1, 0, 0], legAxis),
  twist: 60,
  flexion: 155,
};

const degrees = (radians: number) => (radians * 180) / Math.PI;
export const angleBetween = (a: Vector, b: Vector): number =>
  degrees(Math.atan2(length(cross(a, b)), dot(a, b)));

/** The hinge of a bone without any twist. */
export function restingHinge({ cones, hingeAtAxis }: LimbLimits, upper: Vector): Vector {
  return apply(swingBetween(cones[0].axis, upper), hingeAtAxis);
}

/** How far the hinge is turned about the upper bone, degrees, -180 to 180. */
export function twistOf(limits: LimbLimits, { upper, hinge }: LimbState): number {
  const rest = restingHinge(limits, upper);
  return degrees(Math.atan2(dot(cross(rest, hinge), upper), dot(rest, hinge)));
}

/** @param upper, lower unit directions of the two bones */
export function limbState(limits: LimbLimits, upper: Vector, lower: Vector): LimbState {
  const axis = cross(upper, lower);
  const flexion = angleBetween(upper, lower);
  // A straight limb says nothing of its hinge.
  const hinge = length(axis) > 0.02 ? unit(axis) : restingHinge(limits, upper);
  return { upper, hinge, flexion };
}

export const lowerOf = ({ upper, hinge, flexion }: LimbState): Vector =>
  apply(rotation(hinge, flexion), upper);

/** How far a limb is beyond what it may do, degrees; 0 within. */
export function excess(limits: LimbLimits, state: LimbState): number {
  const out = limits.cones.map(({ axis, reach }) => Math.max(0, angleBetween(axis, state.upper) - reach));
  // A nearly straight limb bends little, whichever way its hinge is.
  const weight = Math.min(1, state.flexion / 20);
  const twisted = Math.max(0, Math.abs(twistOf(limits, state)) - limits.twist) * weight;
  return out.reduce((sum, one) => sum + one, 0) + twisted + Math.max(0, state.flexion - limits.flexion);
}

/** The limits, wide enough for a limb that is beyond them already. */
export function widened(limits: LimbLimits, state: LimbState): LimbLimits {
  return {
    ...limits,
    cones: limits.cones.map(({ axis, reach }) => ({
      axis,
      reach: Math.max(reach, angleBetween(axis, state.upper) + 1e-6),
    })),
    twist: Math.max(limits.twist, state.flexion > 1 ? Math.abs(twistOf(limits, state)) + 1e-6 : 0),
    flexion: Math.max(limits.flexion, state.flexion),
  };
}

/** The nearest that it may do: the bone swings back into its cones, its hinge is turned back, the bend is cut. */
export function clamped(limits: LimbLimits, state: LimbState): LimbState {
  let { upper, hinge } = state;
  // Two cones: leaving one may enter the other.
  for (let round = 0; round < 3; round++) {
    for (const { axis, reach } of limits.cones) {
      const beyond = angleBetween(axis, upper) - reach;
      if (beyond <= 0) continue;
      const turn = cross(upper, axis);
      const back = rotation(length(turn) > 1e-9 ? turn : restingHinge(limits, upper), beyond);
      upper = unit(apply(back, upper));
      hinge = apply(back, hinge);
    }
  }
  hinge = unit([0, 1, 2].map((i) => hinge[i] - upper[i] * dot(hinge, upper)) as unknown as Vector);
  const twist = twistOf(limits, { upper, hinge, flexion: 0 });
  if (Math.abs(twist) > limits.twist) {
    hinge = apply(rotation(times(upper, Math.sign(twist)), limits.twist - Math.abs(twist)), hinge);
  }
  return { upper, hinge, flexion: Math.max(0, Math.min(limits.flexion, state.flexion)) };
}

/**
 * A body in anatomical angles, degrees. Left-hand values; a right limb is reckoned as a left one and mirrored. The same
 * angles as in the recipe that trained the figurine.
 */
export interface ArmAngles {
  /** 0 hanging, 90 level, 180 up. */
  readonly raise?: number;
  /** 0 sideways, 90 forward, -90 back. */
  readonly swing?: number;
  /** Of the upper arm about itself, positive outward. */
  readonly turn?: number;
  readonly elbow?: number;
  /** Of the forearm about itself; turns the hand only. */
  readonly roll?: number;
}

export interface LegAngles {
  /** Forward. */
  readonly flex?: number;
  readonly spread?: number;
  /** The thigh turned outward. */
  readonly splay?: number;
  readonly knee?: number;
  /** Toes down. Seventeen keypoints end at the ankle, so this and `flat` show in three dimensions only. */
  readonly point?: number;
  /** 1 keeps the sole level. */
  readonly flat?: number;
}

export interface TorsoAngles {
  readonly pitch?: number;
  readonly roll?: number;
  readonly turn?: number;
  /** Of the spine, forward; to the side; about itself. */
  readonly bend?: number;
  readonly side?: number;
  readonly twist?: number;
  /** Of the head: down, to the side, about itself. */
  readonly nod?: number;
  readonly tilt?: number;
  readonly look?: number;
  /** Above the ground, decimetres. */
  readonly lift?: number;
  /** 1: on a seat. */
  readonly seat?: number;
}

export interface BodyAngles {
  readonly leftArm?: ArmAngles;
  readonly rightArm?: ArmAngles;
  readonly leftLeg?: LegAngles;
  readonly rightLeg?: LegAngles;
  readonly body?: TorsoAngles;
}

/** At ease. */
export const restingArm: Required<ArmAngles> = { raise: 9, swing: 20, turn: 0, elbow: 18, roll: 0 };
export const restingLeg: Required<LegAngles> = { flex: 0, spread: 3, splay: 6, knee: 3, point: 0, flat: 1 };
export const restingTorso: Required<TorsoAngles> = {
  pitch: 0,
  roll: 0,
  turn: 0,
  bend: 0,
  side: 0,
  twist: 0,
  nod: 0,
  tilt: 0,
  look: 0,
  lift: 0,
  seat: 0,
};

import {
  type ArmAngles,
  type BodyAngles,
  type LegAngles,
  restingArm,
  restingLeg,
  restingTorso,
} from './body-angles.ts';
import {
  add,
  after,
  apply,
  type Rotation,
  rotation,
  swingBetween,
  times,
  unit,
  type Vector,
  xAxis,
  yAxis,
  zAxis,
} from './space.ts';

/** A body in space: the seventeen keypoints and what hides them, decimetres, feet on y = 0, face to +z, left at +x. */
export interface Mannequin {
  /** In COCO's order. */
  readonly keypoints: readonly Vector[];
  /** Where nose, eyes and ears look: each is seen only when this is turned towards the eye. */
  readonly headAxes: { readonly forward: Vector; readonly left: Vector; readonly up: Vector };
  /** Thick parts, for drawing and for hiding: each the hull of two balls. */
  readonly parts: readonly BodyPart[];
}

export interface BodyPart {
  readonly name: string;
  readonly from: Vector;
  readonly to: Vector;
  readonly radius: number;
  /** The keypoints that lie in it, and are not hidden by it. */
  readonly owns: readonly number[];
}

/** An adult of 1.75 m; the usual artists' proportions of seven and a half heads. */
const sizes = {
  hipsUp: 9.6,
  hip: 0.95,
  spine: 1.55,
  chestToNeck: 0.55,
  neck: 0.85,
  collar: 0.4,
  shoulder: 1.5,
  shoulderDrop: 0.05,
  upperArm: 2.9,
  forearm: 2.6,
  hand: 0.9,
  thigh: 4.4,
  shin: 4.3,
  foot: 1.5,
} as const;

/** Head: from the top of the neck, in the head's own axes (left, up, forward). */
const face: readonly Vector[] = [
  [0, 0.75, 1.1],
  [0.32, 1.05, 0.9],
  [-0.32, 1.05, 0.9],
  [0.75, 0.85, 0.1],
  [-0.75, 0.85, 0.1],
];

/** Forward kinematics. What is lowest stands on the ground, unless the body is lifted. */
export function poseMannequin(angles: BodyAngles): Mannequin {
  const torso = { ...restingTorso, ...angles.body };
  const root = after(rotation(yAxis, torso.turn), rotation(zAxis, torso.roll), rotation(xAxis, torso.pitch));
  const step = after(
    rotation(yAxis, torso.twist / 3),
    rotation(zAxis, torso.side / 3),
    rotation(xAxis, torso.bend / 3),
  );
  const spine1 = after(root, step);
  const spine2 = after(spine1, step);
  const chest = after(spine2, step);
  const half = after(
    rotation(yAxis, torso.look / 2),
    rotation(zAxis, torso.tilt / 2),
    rotation(xAxis, torso.nod / 2),
  );
  const neck = after(chest, half);
  const head = after(neck, half);

  const hips: Vector = [0, sizes.hipsUp, 0];
  const waist = add(hips, apply(spine1, [0, sizes.spine, 0]));
  const ribs = add(waist, apply(spine2, [0, sizes.spine, 0]));
  const collars = add(ribs, apply(chest, [0, sizes.spine, 0]));
  const neckBase = add(collars, apply(chest, [0, sizes.chestToNeck, 0]));
  const headBase = add(neckBase, apply(neck, [0, sizes.neck, 0]));

  const keypoints: Vector[] = face.map((place) => add(headBase, apply(head, place)));
  const parts: BodyPart[] = [];
  const limbsOf = (mirror: 1 | -1) => {
    const arm = armOf(chest, collars, mirror, mirror === 1 ? angles.leftArm : angles.rightArm);
    const leg = legOf(root, hips, mirror, mirror === 1 ? angles.leftLeg : angles.rightLeg);
    return { ...arm, ...leg };
  };
  const left = limbsOf(1);
  const right = limbsOf(-1);
  keypoints.push(left.shoulder, right.shoulder, left.elbow, right.elbow, left.wrist, right.wrist);
  keypoints.push(left.hip, right.hip, left.knee, right.knee, left.ankle, right.ankle);

  const skull = add(headBase, apply(head, [0, 0.95, 0.15]));
  parts.push(
    {
      name: 'head',
      from: skull,
      to: add(skull, apply(head, [0, 0.3, -0.1])),
      radius: 0.95,
      owns: [0, 1, 2, 3, 4],
    },
    { name: 'neck', from: neckBase, to: headBase, radius: 0.5, owns: [] },
    {
      name: 'chest',
      from: add(ribs, apply(chest, [0.45, 0.5, 0])),
      to: add(ribs, apply(chest, [-0.45, 0.5, 0])),
      radius: 1.15,
      owns: [5, 6],
    },
    { name: 'waist', from: waist, to: add(ribs, apply(chest, [0, 0.3, 0])), radius: 1.15, owns: [] },
    { name: 'pelvis', from: left.hip, to: right.hip, radius: 1.0, owns: [11, 12] },
  );
  for (const [side, limb, k] of [
    ['left', left, 0],
    ['right', right, 1],
  ] as const) {
    parts.push(
      { name: `${side}-shoulder`, from: collars, to: limb.shoulder, radius: 0.55, owns: [5 + k, 6 - k] },
      { name: `${side}-upper-arm`, from: limb.shoulder, to: limb.elbow, radius: 0.45, owns: [5 + k, 7 + k] },
      { name: `${side}-forearm`, from: limb.elbow, to: limb.wrist, radius: 0.36, owns: [7 + k, 9 + k] },
      { name: `${side}-hand`, from: limb.wrist, to: limb.fingers, radius: 0.36, owns: [9 + k] },
      { name: `${side}-thigh`, from: limb.hip, to: limb.knee, radius: 0.75, owns: [11 + k, 13 + k] },
      { name: `${side}-shin`, from: limb.knee, to: limb.ankle, radius: 0.5, owns: [13 + k, 15 + k] },
      { name: `${side}-foot`, from: limb.ankle, to: limb.toes, radius: 0.36, owns: [15 + k] },
    );
  }
  const lowest = Math.min(...parts.flatMap(({ from, to, radius }) => [from[1] - radius, to[1] - radius]));
  const drop: Vector = [0, torso.lift - lowest, 0];
  return {
    keypoints: keypoints.map((place) => add(place, drop)),
    headAxes: { forward: apply(head, zAxis), left: apply(head, xAxis), up: apply(head, yAxis) },
    parts: parts.map((part) => ({ ...part, from: add(part.from, drop), to: add(part.to, drop) })),
  };
}

const down: Vector = [0, -1, 0];

/** A left limb's rotation, for the side: mirrored about the body's middle. */
function mirrored(turn: Rotation, mirror: 1 | -1): Rotation {
  const flip: Rotation = [[mirror, 0, 0], yAxis, zAxis];
  return after(flip, turn, flip);
}

function armOf(chest: Rotation, collars: Vector, mirror: 1 | -1, given: ArmAngles | undefined) {
  const arm = { ...restingArm, ...given };
  const e = (arm.raise * Math.PI) / 180;
  const s = (arm.swing * Math.PI) / 180;
  const goal: Vector = [Math.sin(e) * Math.cos(s), -Math.cos(e), Math.sin(e) * Math.sin(s)];
  // Hanging, the elbow's crease looks forward and a little inward; then the shortest swing to the goal.
  const hang = rotation(down, -arm.turn);
  const upper = after(swingBetween(down, goal), hang);
  const hinge = unit([-1, 0, 0.25]);
  const fore = after(upper, rotation(hinge, arm.elbow));
  const lift = Math.max(0, arm.raise - 50) * 0.22;
  const collar = after(rotation(zAxis, lift), rotation(yAxis, -0.1 * arm.swing * Math.sin(e)));
  const world = (turn: Rotation, v: Vector) =>
    apply(after(chest, mirrored(turn, mirror)), [mirror * v[0], v[1], v[2]]);
  const base = add(collars, apply(chest, [mirror * sizes.collar, 0, 0]));
  const shoulder = add(base, world(collar, [sizes.shoulder, -sizes.shoulderDrop, 0]));
  const elbow = add(shoulder, world(upper, times(down, sizes.upperArm)));
  const wrist = add(elbow, world(fore, times(down, sizes.forearm)));
  const fingers = add(wrist, world(fore, times(down, sizes.hand)));
  return { shoulder, elbow, wrist, fingers };
}

function legOf(root: Rotation, hips: Vector, mirror: 1 | -1, given: LegAngles | undefined) {
  const leg = { ...restingLeg, ...given };
  const thigh = after(rotation(zAxis, leg.spread), rotation(yAxis, leg.splay), rotation(xAxis, -leg.flex));
  const shin = after(thigh, rotation(xAxis, leg.knee));
  const foot = after(shin, rotation(xAxis, leg.point));
  const world = (turn: Rotation, v: Vector) =>
    apply(after(root, mirrored(turn, mirror)), [mirror * v[0], v[1], v[2]]);
  const hip = add(hips, apply(root, [mirror * sizes.hip, -0.2, 0]));
  const knee = add(hip, world(thigh, times(down, sizes.thigh)));
  const ankle = add(knee, world(shin, times(down, sizes.shin)));
  const toesWay = world(foot, [0, 0, 1]);
  const isLevel = leg.flat > 0.5 && Math.abs(toesWay[1]) < 0.9;
  const toes = add(ankle, times(isLevel ? unit([toesWay[0], -0.15, toesWay[2]]) : toesWay, sizes.foot));
  return { hip, knee, ankle, toes };
}

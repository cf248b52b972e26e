import type { Size } from '@stable-pose/core';
import { add, dot, length, subtract, times, type Vector } from '../library/space.ts';
import { type Camera, eyeAt, eyeDistance, fromEye, toEye } from './camera.ts';
import {
  apart,
  type Figure,
  type LimbChain,
  limbChains,
  neckOfFigure,
  pelvisOfFigure,
  proportions,
  withPlaces,
} from './figure.ts';
import { excess } from './limb-limits.ts';
import { limitsOf, stateOfLimb } from './reach-limb.ts';

/** A joint in the picture, and whether it was told or is a guess. */
export interface FlatJoint {
  readonly x: number;
  readonly y: number;
  readonly isTold: boolean;
}

/** A limb this near to its whole length lies in the picture's plane: proportions of people differ by as much. */
const flatAbove = 0.92;

/**
 * A pose of the plane in space: every joint lies on the ray on which it is seen, so that nothing moves in the picture, and as
 * far before or behind its neighbour as the limb's length asks (Taylor 2000, "Reconstruction of articulated objects from
 * point correspondences in a single uncalibrated image"). Lengths are those of human proportions, scaled to the person; of the
 * two readings of every limb those are taken that a body can do, and that bodies mostly do: {@link flipReading} takes the other.
 *
 * @param joints seventeen, in COCO's order
 */
export function liftPose(joints: readonly FlatJoint[], camera: Camera, size: Size): Figure {
  const distance = eyeDistance(camera, size);
  const at = (i: number, depth: number): Vector => eyeAt(joints[i], depth, distance, size);
  const scale = scaleOf(joints);
  const flat = joints.map((_, i) => at(i, 0));
  const facing = faces(flat) ? 1 : -1;
  const look = lookOf(flat, joints);

  const lean = depthOf(apart(neckOfFigure(flat), pelvisOfFigure(flat)), proportions.torso * scale);
  const neckDepth = lean * facing;
  const pairDepth = (left: number, right: number, width: number) =>
    -look * depthOf(apart(flat[left], flat[right]) / 2, (width * scale) / 2, 0.8);
  const shoulders = pairDepth(5, 6, proportions.shoulders);
  const hips = pairDepth(11, 12, proportions.hips);

  let figure: Figure = withPlaces(
    flat,
    new Map([
      [5, at(5, neckDepth + shoulders)],
      [6, at(6, neckDepth - shoulders)],
      [11, at(11, hips)],
      [12, at(12, -hips)],
    ]),
  );
  figure = liftHead(figure, flat, scale, facing, look, at);
  for (const chain of limbChains) figure = liftLimb(figure, chain, scale, at);
  return figure.map((place) => fromEye(camera, place));
}

/**
 * Pixels of a decimetre: the second longest of torso and limbs by their proportions, so that one long drawn limb does not
 * bend all others.
 */
function scaleOf(joints: readonly FlatJoint[]): number {
  const flat = joints.map(({ x, y }): Vector => [x, y, 0]);
  const told = (...indexes: readonly number[]) => indexes.every((i) => joints[i].isTold);
  const ratios = [
    ...(told(5, 6, 11, 12) ? [apart(neckOfFigure(flat), pelvisOfFigure(flat)) / proportions.torso] : []),
    ...limbChains.flatMap(({ root, middle, end, lengths }) => [
      ...(told(root, middle) ? [apart(flat[root], flat[middle]) / lengths[0]] : []),
      ...(told(middle, end) ? [apart(flat[middle], flat[end]) / lengths[1]] : []),
    ]),
  ].sort((a, b) => b - a);
  const all = apart(neckOfFigure(flat), pelvisOfFigure(flat)) / proportions.torso;
  return Math.max(ratios[1] ?? ratios[0] ?? all, 1e-3);
}

/** Whether we see the person's front: the left shoulder and hip are on our right. */
function faces(flat: Figure): boolean {
  return flat[5][0] - flat[6][0] + flat[11][0] - flat[12][0] >= 0;
}

/** Where the person looks, in the picture: 1 to the right, -1 to the left, by the nose before the ears or the neck. */
function lookOf(flat: Figure, joints: readonly FlatJoint[]): 1 | -1 {
  const hasEars = joints[3].isTold && joints[4].isTold;
  if (!joints[0].isTold && !hasEars) return 1;
  const behind = hasEars ? (flat[3][0] + flat[4][0]) / 2 : neckOfFigure(flat)[0];
  return flat[0][0] - behind < 0 ? -1 : 1;
}

/** How deep something of a length goes of which so much is seen; none when it is seen nearly whole. */
function depthOf(seen: number, whole: number, flatFrom = flatAbove): number {
  return seen > whole * flatFrom ? 0 : Math.sqrt(Math.max(0, whole * whole - seen * seen));
}

type At = (index: number, depth: number) => Vector;

function liftHead(figure: Figure, flat: Figure, scale: number, facing: 1 | -1, look: 1 | -1, at: At): Figure {
  const neck = neckOfFigure(figure);
  const nose = onRay(at, 0, neck, proportions.nose * scale, facing);
  const earMiddle = times(add(flat[3], flat[4]), 0.5);
  const toNose = depthOf(
    Math.hypot(flat[0][0] - earMiddle[0], flat[0][1] - earMiddle[1]),
    proportions.face * scale,
    1,
  );
  const ears = -look * depthOf(apart(flat[3], flat[4]) / 2, (proportions.ears * scale) / 2, 0.8);
  const eyes = (ears * proportions.eyes) / proportions.ears;
  const middle = nose[2] - facing * toNose;
  const front = nose[2] - facing * 0.2 * scale;
  return withPlaces(
    figure,
    new Map([
      [0, nose],
      [1, at(1, front + eyes)],
      [2, at(2, front - eyes)],
      [3, at(3, middle + ears)],
      [4, at(4, middle - ears)],
    ]),
  );
}

/** Of the four readings of a limb the one that a body can do best. */
function liftLimb(figure: Figure, chain: LimbChain, scale: number, at: At): Figure {
  let best = figure;
  let least = Number.POSITIVE_INFINITY;
  for (const upper of [1, -1] as const) {
    for (const lower of [1, -1] as const) {
      const middle = onRay(at, chain.middle, figure[chain.root], chain.lengths[0] * scale, upper);
      const end = onRay(at, chain.end, middle, chain.lengths[1] * scale, lower);
      const candidate = withPlaces(
        figure,
        new Map([
          [chain.middle, middle],
          [chain.end, end],
        ]),
      );
      const cost = strangeness(candidate, chain);
      if (cost < least - 1e-9) [least, best] = [cost, candidate];
    }
  }
  return best;
}

/** Degrees beyond what a body can do, and a little for hands and knees that are behind it. */
function strangeness(figure: Figure, chain: LimbChain): number {
  const state = stateOfLimb(figure, chain);
  const behind = Math.max(0, -state.upper[2]) * (chain.isArm ? 6 : 14);
  return excess(limitsOf(chain), state) + behind + state.flexion * 0.02;
}

/**
 * Where a joint lies on its ray when it is so far from another: nearer to us (1) or farther (-1). |p + t v - q|^2 = L^2 has
 * two solutions, one or none; nearly one and none are the nearest place.
 */
function onRay(at: At, index: number, from: Vector, long: number, reading: 1 | -1): Vector {
  const p = at(index, 0);
  const v = subtract(at(index, 1), p);
  const off = subtract(p, from);
  const vv = dot(v, v);
  const middle = -dot(v, off) / vv;
  const nearest = length(add(off, times(v, middle)));
  if (nearest > long * flatAbove) return at(index, middle);
  return at(index, middle + reading * Math.sqrt((long * long - nearest * nearest) / vv));
}

/**
 * The figure under a pose that was changed in the plane: joints keep their depth before the eye, as much as the pose grew
 * or shrank, and lie where they are seen now.
 */
export function followPose(figure: Figure, joints: readonly FlatJoint[], camera: Camera, size: Size): Figure {
  const distance = eyeDistance(camera, size);
  const eyes = figure.map((place) => toEye(camera, place));
  const root = pelvisOfFigure(eyes)[2];
  const spread = (places: readonly { readonly x: number; readonly y: number }[]) => {
    const x = places.reduce((sum, place) => sum + place.x, 0) / places.length;
    const y = places.reduce((sum, place) => sum + place.y, 0) / places.length;
    return Math.sqrt(places.reduce((sum, place) => sum + (place.x - x) ** 2 + (place.y - y) ** 2, 0));
  };
  const seen = eyes.map(([x, y, z]) => {
    const scale = distance / Math.max(distance - z, 1e-6);
    return { x: x * scale, y: -y * scale };
  });
  const grown = spread(seen) > 1e-6 ? spread(joints) / spread(seen) : 1;
  // One dragged hand spreads a pose a little; that is no growth.
  const factor = Math.abs(grown - 1) > 0.25 ? grown : 1;
  return joints.map((joint, i) =>
    fromEye(camera, eyeAt(joint, root + (eyes[i][2] - root) * factor, distance, size)),
  );
}

/**
 * The other reading of a limb: the joint, and what hangs on it, goes to the other place on its ray that is as far from its
 * parent. Nothing moves in the picture. Of elbows, wrists, knees and ankles, and of the nose with the head.
 */
export function flipReading(figure: Figure, index: number, camera: Camera, size: Size): Figure {
  const distance = eyeDistance(camera, size);
  const eyes = figure.map((place) => toEye(camera, place));
  const chain = limbChains.find(({ middle, end }) => middle === index || end === index);
  if (!chain && index > 4) return figure;
  const parent = chain ? eyes[index === chain.end ? chain.middle : chain.root] : neckOfFigure(eyes);
  const moved = chain ? index : 0;
  const other = mirroredOnRay(eyes[moved], parent, distance);
  const by = other - eyes[moved][2];
  const hanging = chain ? (index === chain.middle ? [chain.end] : []) : [1, 2, 3, 4];
  const deeper = (i: number, depth: number): Vector => {
    const [x, y, z] = eyes[i];
    const share = Math.max(distance - depth, distance * 0.05) / Math.max(distance - z, distance * 0.05);
    return [x * share, y * share, depth];
  };
  const places = new Map([[moved, deeper(moved, other)]]);
  for (const i of hanging) places.set(i, deeper(i, eyes[i][2] + by));
  return withPlaces(figure, new Map([...places].map(([i, place]) => [i, fromEye(camera, place)])));
}

/** The depth of the other place on a joint's ray at the same distance from its parent: mirrored about the nearest one. */
function mirroredOnRay(place: Vector, parent: Vector, distance: number): number {
  // The ray's step per unit of depth.
  const v: Vector = [-place[0] / (distance - place[2]), -place[1] / (distance - place[2]), 1];
  const along = -dot(v, subtract(place, parent)) / dot(v, v);
  return place[2] + 2 * along;
}

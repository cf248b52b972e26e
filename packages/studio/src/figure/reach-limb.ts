import {
  add,
  apply,
  cross,
  dot,
  length,
  subtract,
  swingBetween,
  times,
  unit,
  type Vector,
} from '../library/space.ts';
import {
  apart,
  type BodyFrame,
  chestFrame,
  type Figure,
  inFrame,
  type LimbChain,
  outOfFrame,
  pelvisFrame,
  withPlaces,
} from './figure.ts';
import {
  armLimits,
  clamped,
  type LimbLimits,
  type LimbState,
  legLimits,
  limbState,
  lowerOf,
  widened,
} from './limb-limits.ts';

/** More rounds bring less than a tenth of a pixel. */
const rounds = 30;

export const limitsOf = ({ isArm }: LimbChain): LimbLimits => (isArm ? armLimits : legLimits);
export const frameOfLimb = (figure: Figure, { isArm }: LimbChain): BodyFrame =>
  isArm ? chestFrame(figure) : pelvisFrame(figure);

/** A right limb is reckoned as a left one. */
const mirrored = ([x, y, z]: Vector, side: 1 | -1): Vector => [x * side, y, z];
const intoLimb = (frame: BodyFrame, { side }: LimbChain, v: Vector): Vector =>
  mirrored(inFrame(frame, v), side);
const outOfLimb = (frame: BodyFrame, { side }: LimbChain, v: Vector): Vector =>
  outOfFrame(frame, mirrored(v, side));

export function stateOfLimb(figure: Figure, chain: LimbChain, frame = frameOfLimb(figure, chain)): LimbState {
  const way = (from: number, to: number, spare: Vector): Vector => {
    const v = subtract(figure[to], figure[from]);
    return length(v) > 1e-6 ? unit(intoLimb(frame, chain, v)) : spare;
  };
  const upper = way(chain.root, chain.middle, [0, -1, 0]);
  return limbState(limitsOf(chain), upper, way(chain.middle, chain.end, upper));
}

/** The limb laid out from its root, with the lengths that it has. */
export function placedLimb(
  figure: Figure,
  chain: LimbChain,
  frame: BodyFrame,
  state: LimbState,
  lengths: readonly [number, number],
): Figure {
  const middle = add(figure[chain.root], outOfLimb(frame, chain, times(state.upper, lengths[0])));
  const end = add(middle, outOfLimb(frame, chain, times(lowerOf(state), lengths[1])));
  return withPlaces(
    figure,
    new Map([
      [chain.middle, middle],
      [chain.end, end],
    ]),
  );
}

export function lengthsOfLimb(figure: Figure, { root, middle, end }: LimbChain): readonly [number, number] {
  return [apart(figure[root], figure[middle]), apart(figure[middle], figure[end])];
}

/**
 * Pulls a hand or a foot to a place: cyclic coordinate descent (Wang & Chen 1991) over the hinge and the ball joint, each step
 * brought back inside human limits; what is beyond them from the beginning may stay so far beyond. Lengths are kept. Out of
 * reach, it goes as near as it can.
 *
 * @param start how the limb was held at the beginning; the figure's own unless told
 */
export function reachLimb(
  figure: Figure,
  chain: LimbChain,
  target: Vector,
  start: { readonly state: LimbState; readonly lengths: readonly [number, number] } = {
    state: stateOfLimb(figure, chain),
    lengths: lengthsOfLimb(figure, chain),
  },
): Figure {
  const frame = frameOfLimb(figure, chain);
  const { lengths } = start;
  const limits = widened(limitsOf(chain), start.state);
  const goal = intoLimb(frame, chain, subtract(target, figure[chain.root]));
  let state = start.state;
  let best = state;
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < rounds; round++) {
    const bent = round === 0 ? bentForReach(state, lengths, length(goal)) : bentTowards(state, lengths, goal);
    state = clamped(limits, swung({ ...state, flexion: bent }, lengths, goal));
    const off = length(subtract(endOf(state, lengths), goal));
    if (off < least - 1e-9) [least, best] = [off, state];
    if (off < 1e-3) break;
  }
  return placedLimb(figure, chain, frame, best, lengths);
}

/** Turns a limb's upper bone to point at a place; the rest hangs on as it is. */
export function aimLimb(figure: Figure, chain: LimbChain, target: Vector): Figure {
  const frame = frameOfLimb(figure, chain);
  const state = stateOfLimb(figure, chain, frame);
  const goal = intoLimb(frame, chain, subtract(target, figure[chain.root]));
  if (length(goal) < 1e-6) return figure;
  const swing = swingBetween(state.upper, unit(goal));
  const turned = { ...state, upper: unit(goal), hinge: apply(swing, state.hinge) };
  const allowed = clamped(widened(limitsOf(chain), state), turned);
  return placedLimb(figure, chain, frame, allowed, lengthsOfLimb(figure, chain));
}

const endOf = (state: LimbState, [a, b]: readonly [number, number]): Vector =>
  add(times(state.upper, a), times(lowerOf(state), b));

/** Law of cosines: the bend at which the end is as far from the root as the goal. */
function bentForReach(state: LimbState, [a, b]: readonly [number, number], far: number): number {
  if (a < 1e-9 || b < 1e-9) return state.flexion;
  const cosine = (far * far - a * a - b * b) / (2 * a * b);
  return (Math.acos(Math.max(-1, Math.min(1, cosine))) * 180) / Math.PI;
}

/** The bend that brings the end nearest to the goal with the upper bone where it is. */
function bentTowards(state: LimbState, [a]: readonly [number, number], goal: Vector): number {
  const { upper, hinge } = state;
  const way = subtract(goal, times(upper, a));
  const angle = (Math.atan2(dot(way, cross(hinge, upper)), dot(way, upper)) * 180) / Math.PI;
  // Behind the straight limb: straight is nearer than fully bent, unless it is more than half a turn.
  return angle < -90 ? 180 : Math.max(0, angle);
}

/** The whole limb swung about its root until its end points to the goal. */
function swung(state: LimbState, lengths: readonly [number, number], goal: Vector): LimbState {
  const end = endOf(state, lengths);
  if (length(end) < 1e-6 || length(goal) < 1e-6) return state;
  const swing = swingBetween(unit(end), unit(goal));
  return { ...state, upper: unit(apply(swing, state.upper)), hinge: unit(apply(swing, state.hinge)) };
}

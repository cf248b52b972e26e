import { add, apply, length, subtract, swingBetween, times, unit, type Vector } from '../library/space.ts';
import {
  apart,
  chestFrame,
  type Figure,
  headFrame,
  limbChains,
  neckOfFigure,
  pelvisFrame,
  pelvisOfFigure,
  withPlaces,
} from './figure.ts';
import { angleBetween, excess } from './limb-limits.ts';
import { aimLimb, lengthsOfLimb, limitsOf, reachLimb, stateOfLimb } from './reach-limb.ts';

const upperBody = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const head = [0, 1, 2, 3, 4];
/** Degrees that chest and pelvis, and head and chest, may stand to each other: directions of up and of forward. */
const spineRange = { forward: 70 };
const neckRange = { up: 60, forward: 85 };
/** To a fifth of a pixel on any screen. */
const halvings = 12;

/**
 * Pulls a joint to a place in space, as far as human limits and locked joints let it: hands and feet bend their limb, elbows
 * and knees swing it, shoulders bend the body at the hips, a hip moves the body over feet that stay, the head turns on the neck.
 *
 * @param figure as at the beginning of the gesture
 * @param locked joints that keep their place
 */
export function dragFigure(
  figure: Figure,
  index: number,
  target: Vector,
  locked: ReadonlySet<number> = new Set(),
): Figure {
  if (locked.has(index)) return figure;
  const way = subtract(target, figure[index]);
  return asFarAsAllowed(figure, locked, (share) =>
    moved(figure, index, add(figure[index], times(way, share)), locked),
  );
}

function moved(figure: Figure, index: number, target: Vector, locked: ReadonlySet<number>): Figure {
  const chain = limbChains.find(({ middle, end }) => middle === index || end === index);
  if (chain) return index === chain.end ? reachLimb(figure, chain, target) : aimLimb(figure, chain, target);
  if (index <= 4) return turnedAbout(figure, head, neckOfFigure(figure), figure[index], target);
  if (index <= 6) {
    const bent = turnedAbout(figure, upperBody, pelvisOfFigure(figure), figure[index], target);
    return pinned(figure, bent, (end) => end <= 10 && locked.has(end));
  }
  const shifted = moveFigure(figure, subtract(target, figure[index]));
  return pinned(figure, shifted, (end) => end >= 15 || locked.has(end));
}

/** The whole person, as it is. */
export function moveFigure(figure: Figure, by: Vector): Figure {
  return figure.map((place) => add(place, by));
}

/** The whole person turned about the vertical through the hips. */
export function turnFigure(figure: Figure, degrees: number): Figure {
  const [x, , z] = pelvisOfFigure(figure);
  const t = (degrees * Math.PI) / 180;
  const [c, s] = [Math.cos(t), Math.sin(t)];
  return figure.map(
    ([px, py, pz]): Vector => [x + (px - x) * c + (pz - z) * s, py, z - (px - x) * s + (pz - z) * c],
  );
}

/** Limbs reach back to where their ends were. */
function pinned(before: Figure, after: Figure, isPinned: (end: number) => boolean): Figure {
  return limbChains.reduce((figure, chain) => {
    if (!isPinned(chain.end)) return figure;
    const start = { state: stateOfLimb(before, chain), lengths: lengthsOfLimb(before, chain) };
    return reachLimb(figure, chain, before[chain.end], start);
  }, after);
}

function turnedAbout(
  figure: Figure,
  carried: readonly number[],
  pivot: Vector,
  from: Vector,
  to: Vector,
): Figure {
  const [a, b] = [subtract(from, pivot), subtract(to, pivot)];
  if (length(a) < 1e-6 || length(b) < 1e-6) return figure;
  const swing = swingBetween(unit(a), unit(b));
  return withPlaces(
    figure,
    new Map(carried.map((i) => [i, add(pivot, apply(swing, subtract(figure[i], pivot)))])),
  );
}

/** What spine, hips and neck do, degrees, and how much of it they may. */
function bends(figure: Figure): readonly (readonly [number, number])[] {
  const [pelvis, chest, skull] = [pelvisFrame(figure), chestFrame(figure), headFrame(figure)];
  return [
    [angleBetween(pelvis.forward, chest.forward), spineRange.forward],
    // A torso that leans bends the hips: thighs go beyond what they may.
    ...limbChains.slice(2).map((chain) => [excess(limitsOf(chain), stateOfLimb(figure, chain)), 1] as const),
    [angleBetween(chest.up, skull.up), neckRange.up],
    [angleBetween(chest.forward, skull.forward), neckRange.forward],
  ];
}

function asFarAsAllowed(start: Figure, locked: ReadonlySet<number>, at: (share: number) => Figure): Figure {
  const before = bends(start);
  const isAllowed = (figure: Figure) =>
    bends(figure).every(([angle, most], i) => angle <= Math.max(most, before[i][0] + 0.01)) &&
    [...locked].every((i) => apart(figure[i], start[i]) < 0.05);
  const whole = at(1);
  if (isAllowed(whole)) return settled(start, whole, locked);
  let [low, high] = [0, 1];
  let best = start;
  for (let i = 0; i < halvings; i++) {
    const share = (low + high) / 2;
    const candidate = at(share);
    if (isAllowed(candidate)) [low, best] = [share, candidate];
    else high = share;
  }
  return settled(start, best, locked);
}

/** Locked joints are exactly where they were. */
const settled = (start: Figure, figure: Figure, locked: ReadonlySet<number>): Figure =>
  locked.size === 0 ? figure : figure.map((place, i) => (locked.has(i) ? start[i] : place));

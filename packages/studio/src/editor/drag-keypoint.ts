import { bendChain } from './bend-chain.ts';
import { followParts } from './follow-parts.ts';
import {
  carriedBy,
  chainOf,
  chains,
  head,
  keptDistances,
  leftHip,
  leftShoulder,
  legChains,
  nose,
  parentOf,
  rightHip,
  rightShoulder,
} from './kinematic-tree.ts';
import type { Person, Point } from './person.ts';
import { angleOf, between, distance, middle, nearestTurn, turned } from './plane.ts';

/** Lengths may differ by so much, as a share: the rounding of a few sines. */
const lengthSlack = 1e-6;
/** Halvings of the way when only a part of it can be gone: to a thousandth of a pixel on a screen. */
const halvings = 20;

export interface DragOptions {
  /** The keypoint goes alone, limbs stretch. */
  readonly stretches?: boolean;
}

/**
 * Pulls a keypoint to a place. Limbs keep their lengths: hands and feet bend their chain, elbows and knees turn about their
 * shoulder or hip, shoulders bend the body at the hips, a hip moves the body while the feet stay where they can, the nose
 * turns the head. Locked keypoints keep their place; what cannot be done without moving one goes as far as it can.
 *
 * @param person as at the beginning of the gesture: results of the same gesture are never fed back, so nothing drifts
 */
export function dragKeypoint(
  person: Person,
  index: number,
  target: Point,
  options: DragOptions = {},
): Person {
  if (person.keypoints[index].isLocked) return person;
  if (options.stretches) return placed(person, new Map([[index, target]]));
  const start = person.keypoints[index];
  return asFarAsPossible(person, (share) =>
    placed(person, moveFor(person, index, between(start, target, share))),
  );
}

/** Turns a limb, and what hangs on it, about the end that is nearer to the torso. */
export function turnLimb(person: Person, from: number, to: number, radians: number): Person {
  const pivot = pivotOf(person, from, to);
  const carried = carriedByLimb(from, to);
  return asFarAsPossible(person, (share) =>
    placed(person, turnedAbout(person, carried, pivot, radians * share)),
  );
}

/** What a limb turns about: a keypoint, or the middle of the hips or the shoulders. */
export function pivotOf(person: Person, from: number, to: number): Point {
  const { keypoints } = person;
  if (isTorsoLimb(from, to)) return middle(keypoints[leftHip], keypoints[rightHip]);
  if (from <= nose + 4 || to <= nose + 4) return neckOf(person);
  return parentOf(to) === from ? keypoints[from] : keypoints[to];
}

const isTorsoLimb = (from: number, to: number) =>
  (from === leftShoulder && to === leftHip) || (from === rightShoulder && to === rightHip);

function carriedByLimb(from: number, to: number): readonly number[] {
  if (isTorsoLimb(from, to)) return upperBody;
  if (from <= 4 || to <= 4) return head;
  return parentOf(to) === from ? carriedBy(to) : carriedBy(from);
}

const upperBody = [...head, 5, 6, 7, 8, 9, 10];
const everything = Array.from({ length: 17 }, (_, i) => i);

type Places = ReadonlyMap<number, Point>;

/** Where keypoints go when one is pulled, locks aside. */
function moveFor(person: Person, index: number, target: Point): Places {
  const { keypoints } = person;
  const chain = chainOf(index);
  if (chain) {
    const [root, mid, end] = chain;
    if (index === end) {
      if (keypoints[mid].isLocked) return turnTowards(person, [end], keypoints[mid], end, target);
      const bent = bendChain(keypoints[root], keypoints[mid], keypoints[end], target, bendOf(root));
      return new Map([
        [mid, bent.middle],
        [end, bent.end],
      ]);
    }
    return turnTowards(person, [mid, end], keypoints[root], mid, target);
  }
  if (index === nose) return turnTowards(person, head, neckOf(person), nose, target);
  if (index <= 4) return turnTowards(person, [1, 2, 3, 4], keypoints[nose], index, target);
  if (index === leftShoulder || index === rightShoulder) {
    const hips = middle(keypoints[leftHip], keypoints[rightHip]);
    return pinned(person, turnTowards(person, upperBody, hips, index, target), chains.slice(0, 2));
  }
  return moveBody(person, target.x - keypoints[index].x, target.y - keypoints[index].y);
}

/** The whole body goes; feet, and hands that are locked, stay as far as their limbs reach. */
function moveBody(person: Person, dx: number, dy: number): Places {
  const moved = new Map(
    everything.map((i) => [i, { x: person.keypoints[i].x + dx, y: person.keypoints[i].y + dy }]),
  );
  return pinned(person, moved, chains, legChains);
}

/** Bends chains so that their locked ends, and the ends of `planted` ones, go back to where they were. */
function pinned(
  person: Person,
  places: Places,
  among: readonly (typeof chains)[number][],
  planted: readonly (typeof chains)[number][] = [],
): Places {
  const result = new Map(places);
  for (const chain of among) {
    const [root, mid, end] = chain;
    if (!person.keypoints[end].isLocked && !planted.includes(chain)) continue;
    const rootAt = places.get(root) ?? person.keypoints[root];
    const midAt = places.get(mid) ?? person.keypoints[mid];
    const endAt = places.get(end) ?? person.keypoints[end];
    const bent = bendChain(rootAt, midAt, endAt, person.keypoints[end], bendOf(root));
    result.set(mid, bent.middle).set(end, bent.end);
  }
  return result;
}

/** Which way a straight limb bends when seen from in front: elbows and knees outwards. */
const bendOf = (root: number): 1 | -1 => (root === leftShoulder || root === rightHip ? 1 : -1);

const neckOf = ({ keypoints }: Person): Point => middle(keypoints[leftShoulder], keypoints[rightShoulder]);

function turnTowards(
  person: Person,
  carried: readonly number[],
  pivot: Point,
  index: number,
  target: Point,
): Places {
  const from = person.keypoints[index];
  if (distance(pivot, from) < 1e-9 || distance(pivot, target) < 1e-9) return new Map();
  const radians = nearestTurn(angleOf(pivot, target) - angleOf(pivot, from));
  return turnedAbout(person, carried, pivot, radians);
}

function turnedAbout(person: Person, carried: readonly number[], pivot: Point, radians: number): Places {
  return new Map(carried.map((i) => [i, turned(person.keypoints[i], pivot, radians)]));
}

function placed(person: Person, places: Places): Person {
  const keypoints = person.keypoints.map((keypoint, i) => {
    const place = places.get(i);
    return place ? { ...keypoint, x: place.x, y: place.y } : keypoint;
  });
  return followParts(person, { ...person, keypoints });
}

/** The farthest state on a way (0 the beginning, 1 its end) in which locked keypoints and lengths are as they were. */
function asFarAsPossible(start: Person, at: (share: number) => Person): Person {
  const whole = at(1);
  if (isAllowed(start, whole)) return settled(start, whole);
  let [low, high] = [0, 1];
  let best = start;
  for (let i = 0; i < halvings; i++) {
    const share = (low + high) / 2;
    const candidate = at(share);
    if (isAllowed(start, candidate)) {
      low = share;
      best = candidate;
    } else {
      high = share;
    }
  }
  return settled(start, best);
}

function isAllowed(start: Person, candidate: Person): boolean {
  const moved = (i: number) => distance(start.keypoints[i], candidate.keypoints[i]);
  if (start.keypoints.some(({ isLocked }, i) => isLocked && moved(i) > 1e-6)) return false;
  return keptDistances.every(([a, b]) => {
    const before = distance(start.keypoints[a], start.keypoints[b]);
    const after = distance(candidate.keypoints[a], candidate.keypoints[b]);
    return Math.abs(after - before) <= lengthSlack * (1 + before);
  });
}

/** Locked keypoints are exactly, not nearly, where they were. */
function settled(start: Person, candidate: Person): Person {
  if (!start.keypoints.some(({ isLocked }) => isLocked)) return candidate;
  return {
    ...candidate,
    keypoints: candidate.keypoints.map((keypoint, i) =>
      start.keypoints[i].isLocked ? start.keypoints[i] : keypoint,
    ),
  };
}

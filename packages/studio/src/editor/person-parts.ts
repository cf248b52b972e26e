import type { Keypoint } from '@stable-pose/core';
import { handBones } from './hand-shape.ts';
import { mapPart, type PlaneMap } from './map-person.ts';
import type { Person, Point } from './person.ts';
import { turned } from './plane.ts';

export const partNames = ['left', 'right', 'face'] as const;
/** A hand of the person's, or the face. */
export type PartName = (typeof partNames)[number];

export function partOf(person: Person, part: PartName): readonly Keypoint[] | undefined {
  return part === 'face' ? person.face : person.hands?.[part];
}

/** @param points none takes the part away */
export function withPart(person: Person, part: PartName, points: readonly Keypoint[] | undefined): Person {
  const { hands, face, ...rest } = person;
  if (part === 'face') {
    return { ...rest, ...(hands ? { hands } : {}), ...(points ? { face: points } : {}) };
  }
  const { [part]: _, ...other } = hands ?? {};
  const both = { ...other, ...(points ? { [part]: points } : {}) };
  return {
    ...rest,
    ...(Object.keys(both).length > 0 ? { hands: both } : {}),
    ...(face ? { face } : {}),
  };
}

/** The wrist of a hand, the middle of a face. */
export function middleOfPart(points: readonly Keypoint[], part: PartName): Point {
  if (part !== 'face') return { x: points[0][0], y: points[0][1] };
  const there = points.filter(([, , confidence]) => confidence > 0);
  const sum = there.reduce((all, [x, y]) => ({ x: all.x + x, y: all.y + y }), { x: 0, y: 0 });
  const count = Math.max(1, there.length);
  return { x: sum.x / count, y: sum.y / count };
}

export function mapPartOf(person: Person, part: PartName, map: PlaneMap): Person {
  const points = partOf(person, part);
  return points ? withPart(person, part, mapPart(points, map)) : person;
}

/** @param mirrored across the line along the hand, or the middle of the face */
export function changePart(
  person: Person,
  part: PartName,
  change: { readonly radians?: number; readonly factor?: number; readonly mirrored?: boolean },
): Person {
  const points = partOf(person, part);
  if (!points) return person;
  const { radians = 0, factor = 1, mirrored = false } = change;
  const middle = middleOfPart(points, part);
  // The middle finger's knuckle lies along the hand; a face stands upright.
  const along = part === 'face' ? 0 : Math.atan2(points[9][1] - middle.y, points[9][0] - middle.x);
  return mapPartOf(person, part, (point) => {
    const spun = turned(point, middle, radians);
    const [u, v] = [(spun.x - middle.x) * factor, (spun.y - middle.y) * factor];
    if (!mirrored) return { x: middle.x + u, y: middle.y + v };
    if (part === 'face') return { x: middle.x - u, y: middle.y + v };
    const [c, s] = [Math.cos(2 * along), Math.sin(2 * along)];
    return { x: middle.x + c * u + s * v, y: middle.y + s * u - c * v };
  });
}

/**
 * A point of a hand goes about the one before it, and the rest of the finger with it, bones as long as they were; the wrist takes
 * the hand along. A point of a face goes alone.
 * @param options.stretches the bone may change its length
 */
export function dragPartPoint(
  person: Person,
  part: PartName,
  index: number,
  to: Point,
  options: { readonly stretches?: boolean } = {},
): Person {
  const points = partOf(person, part);
  if (!points) return person;
  const [x, y] = points[index];
  if (part === 'face') return withPart(person, part, replaced(points, index, to));
  if (index === 0) return mapPartOf(person, part, (p) => ({ x: p.x + to.x - x, y: p.y + to.y - y }));
  const parent = handBones.find(([, end]) => end === index)?.[0] ?? 0;
  const about = { x: points[parent][0], y: points[parent][1] };
  const [before, after] = [Math.atan2(y - about.y, x - about.x), Math.atan2(to.y - about.y, to.x - about.x)];
  const length = Math.hypot(x - about.x, y - about.y);
  const reach = Math.hypot(to.x - about.x, to.y - about.y);
  const stretch = options.stretches ? reach - length : 0;
  const push = { x: Math.cos(after) * stretch, y: Math.sin(after) * stretch };
  const rest = new Set([index]);
  for (const [from, end] of handBones) if (rest.has(from)) rest.add(end);
  const moved = points.map((point, i): Keypoint => {
    if (!rest.has(i) || !(point[2] > 0)) return point;
    const spun = turned({ x: point[0], y: point[1] }, about, after - before);
    return [spun.x + push.x, spun.y + push.y, point[2]];
  });
  return withPart(person, part, moved);
}

function replaced(points: readonly Keypoint[], index: number, { x, y }: Point): readonly Keypoint[] {
  return points.map((point, i) => (i === index ? ([x, y, point[2] || 1] as const) : point));
}

import { add, length, subtract, times, unit, type Vector } from '../library/space.ts';
import {
  chestFrame,
  type Figure,
  figureScale,
  halfway,
  headFrame,
  limbChains,
  neckOfFigure,
  pelvisFrame,
  pelvisOfFigure,
  proportions,
} from './figure.ts';

/** A thick part of a body: the hull of two balls. */
export interface Capsule {
  readonly from: Vector;
  readonly to: Vector;
  readonly radius: number;
  /** The joints that lie in it, and are not hidden by it. */
  readonly owns: readonly number[];
}

/** Where hands and feet, that have no joint of the seventeen, point to. */
export interface Extremities {
  readonly fingers: readonly [left: Vector, right: Vector];
  readonly toes: readonly [left: Vector, right: Vector];
}

/** Hands go on along the forearm; feet point where the knee does, at right angles to the shin as far as an ankle bends. */
export function extremities(figure: Figure): Extremities {
  const scale = figureScale(figure);
  const pelvis = pelvisFrame(figure);
  const fingersOf = (elbow: number, wrist: number) =>
    add(figure[wrist], times(unit(subtract(figure[wrist], figure[elbow])), proportions.hand * scale));
  const toesOf = (hip: number, knee: number, ankle: number) => {
    const shin = unit(subtract(figure[ankle], figure[knee]));
    // The knee's crease is across the plane of thigh and shin; a straight leg points where the hips do.
    const thigh = unit(subtract(figure[knee], figure[hip]));
    const bend = subtract(thigh, shin);
    const way = length(bend) > 0.25 ? bend : pelvis.forward;
    const along = way[0] * shin[0] + way[1] * shin[1] + way[2] * shin[2];
    const square = subtract(way, times(shin, along));
    const forward = length(square) > 1e-3 ? unit(square) : pelvis.forward;
    return add(figure[ankle], times(unit(add(forward, times(shin, 0.35))), proportions.foot * scale));
  };
  return {
    fingers: [fingersOf(7, 9), fingersOf(8, 10)],
    toes: [toesOf(11, 13, 15), toesOf(12, 14, 16)],
  };
}

/** What a body fills. Radii are an adult's, in decimetres times the figure's scale. */
export function bodyVolume(figure: Figure): readonly Capsule[] {
  const s = figureScale(figure);
  const chest = chestFrame(figure);
  const skull = headFrame(figure);
  const neck = neckOfFigure(figure);
  const pelvis = pelvisOfFigure(figure);
  const ears = halfway(figure[3], figure[4]);
  const { fingers, toes } = extremities(figure);
  const ribs = add(pelvis, times(subtract(neck, pelvis), 0.68));
  const aside = times(chest.left, 0.45 * s);
  const capsules: Capsule[] = [
    {
      from: add(ears, add(times(skull.up, 0.35 * s), times(skull.forward, 0.05 * s))),
      to: add(ears, times(skull.up, -0.1 * s)),
      radius: 0.92 * s,
      owns: [0, 1, 2, 3, 4],
    },
    { from: neck, to: ears, radius: 0.5 * s, owns: [0, 1, 2, 3, 4, 5, 6] },
    { from: add(ribs, aside), to: subtract(ribs, aside), radius: 1.15 * s, owns: [5, 6] },
    { from: add(pelvis, times(subtract(neck, pelvis), 0.3)), to: ribs, radius: 1.1 * s, owns: [] },
    { from: figure[11], to: figure[12], radius: 1.0 * s, owns: [11, 12] },
  ];
  limbChains.forEach(({ root, middle, end, isArm }, i) => {
    const side = i % 2;
    const [thick, thin] = isArm ? [0.45, 0.36] : [0.75, 0.5];
    capsules.push(
      { from: figure[root], to: figure[middle], radius: thick * s, owns: [root, middle] },
      { from: figure[middle], to: figure[end], radius: thin * s, owns: [middle, end] },
      { from: figure[end], to: isArm ? fingers[side] : toes[side], radius: 0.36 * s, owns: [end] },
    );
    if (isArm) capsules.push({ from: neck, to: figure[root], radius: 0.55 * s, owns: [5, 6] });
  });
  return capsules;
}

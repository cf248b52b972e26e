import type { Size } from '@stable-pose/core';
import { add, dot, length, subtract, times, unit, type Vector } from '../library/space.ts';
import { bodyVolume, type Capsule } from './body-volume.ts';
import { type Camera, eyeDistance, fromEye } from './camera.ts';
import { type Figure, figureScale, headFrame } from './figure.ts';

/** A joint so far (decimetres) under a surface is not yet behind it. */
const slack = 0.6;
/** A joint near the rim is still half seen. */
const rim = 0.8;

/**
 * Which joints bodies hide from the eye, by depth: those behind a thick part that they are not in, of their own body or of
 * another, and those of a face that looks away.
 *
 * @returns for every figure, for every joint
 */
export function hiddenJoints(
  figures: readonly Figure[],
  camera: Camera,
  size: Size,
): readonly (readonly boolean[])[] {
  const eye = fromEye(camera, [0, 0, eyeDistance(camera, size)]);
  const volumes = figures.map(bodyVolume);
  return figures.map((figure, mine) => {
    const scale = figureScale(figure);
    const skull = headFrame(figure);
    const aside = times(skull.left, 0.45);
    const looks: readonly Vector[] = [
      skull.forward,
      unit(add(skull.forward, aside)),
      unit(subtract(skull.forward, aside)),
      skull.left,
      times(skull.left, -1),
    ];
    return figure.map((joint, i) => {
      const way = subtract(joint, eye);
      const far = length(way);
      if (far < 1e-6) return false;
      // Ears show a little past the profile.
      if (i <= 4 && -dot(looks[i], way) / far < (i <= 2 ? -0.1 : -0.35)) return true;
      return volumes.some((volume, whose) =>
        volume.some((part) => {
          if (whose === mine && part.owns.includes(i)) return false;
          return isCut(eye, times(way, 1 / far), far - slack * scale, part);
        }),
      );
    });
  });
}

/** Whether a ray enters a capsule before a length. */
function isCut(eye: Vector, way: Vector, before: number, { from, to, radius }: Capsule): boolean {
  const { ray, gap } = nearest(eye, way, from, to);
  if (gap > radius * rim || ray <= 0) return false;
  return ray - Math.sqrt(radius * radius - gap * gap) < before;
}

/** Where a ray comes nearest to a segment: how far along the ray, and how near. */
function nearest(eye: Vector, way: Vector, from: Vector, to: Vector) {
  const axis = subtract(to, from);
  const off = subtract(eye, from);
  const [aa, aw, ao, wo] = [dot(axis, axis), dot(axis, way), dot(axis, off), dot(way, off)];
  // Of |off + r way - t axis|^2: t from both derivatives, cut to the segment, then r.
  const crossing = aa - aw * aw;
  const t = crossing > 1e-9 * aa && aa > 0 ? Math.max(0, Math.min(1, (ao - aw * wo) / crossing)) : 0;
  const ray = t * aw - wo;
  const gap = length(subtract(add(off, times(way, ray)), times(axis, t)));
  return { ray, gap };
}

import type { Keypoint, Pose, Size } from '@stable-pose/core';
import type { BodyPart, Mannequin } from './mannequin.ts';
import { add, apply, length, rotation, subtract, times, unit, type Vector, xAxis, yAxis } from './space.ts';

export interface View {
  /** How far the eye goes round the person, degrees: 0 in front, 90 at their left, 180 behind. */
  readonly around: number;
  /** How far it looks down, degrees. */
  readonly above?: number;
}

export interface SeenMannequin {
  /** x to the right, y down, decimetres; z towards the eye. As many as keypoints. */
  readonly places: readonly Vector[];
  /** Which of them the body itself hides. */
  readonly isHidden: readonly boolean[];
}

/** A body as it is seen from a side, without perspective. */
export function seeMannequin(mannequin: Mannequin, { around, above = 0 }: View): SeenMannequin {
  const turn = rotation(yAxis, -around);
  const tip = rotation(xAxis, above);
  const seen = (v: Vector): Vector => apply(tip, apply(turn, v));
  const parts = mannequin.parts.map((part) => ({ ...part, from: seen(part.from), to: seen(part.to) }));
  const places = mannequin.keypoints.map(seen);
  const { headAxes } = mannequin;
  const [forward, left] = [seen(headAxes.forward), seen(headAxes.left)];
  const looks: readonly Vector[] = [
    forward,
    unit(add(forward, times(left, 0.45))),
    unit(add(forward, times(left, -0.45))),
    left,
    times(left, -1),
  ];
  const isHidden = places.map((place, i) => {
    // A face's points lie on the skull: they are seen when the skull is turned so. Ears show a little past the profile.
    if (i <= 4) return looks[i][2] < (i <= 2 ? -0.1 : -0.35) || isBehind(place, i, parts);
    return isBehind(place, i, parts);
  });
  return { places: places.map(([x, y, z]): Vector => [x, -y, z]), isHidden };
}

/** Whether a thick part that the keypoint is not in lies between it and the eye, which is far away along z. */
function isBehind(place: Vector, index: number, parts: readonly BodyPart[]): boolean {
  return parts.some(({ from, to, radius, owns }) => {
    if (owns.includes(index)) return false;
    const along = subtract(to, from);
    // The point of the part's axis nearest to the ray, seen flat.
    const flat = along[0] * along[0] + along[1] * along[1];
    const t =
      flat < 1e-9
        ? 0
        : Math.min(
            1,
            Math.max(0, ((place[0] - from[0]) * along[0] + (place[1] - from[1]) * along[1]) / flat),
          );
    const nearest = add(from, times(along, t));
    const aside = length([nearest[0] - place[0], nearest[1] - place[1], 0]);
    // A keypoint near the rim is still half seen.
    return aside < radius * 0.8 && nearest[2] + Math.sqrt(radius * radius - aside * aside) > place[2] + 0.6;
  });
}

/**
 * The skeleton that a picture would have of a body from a side: fitted into a picture, hidden keypoints absent.
 * @param share of the picture's height that a standing body takes
 */
export function poseFromView(
  mannequin: Mannequin,
  view: View,
  size: Size,
  { share = 0.82, hides = true }: { readonly share?: number; readonly hides?: boolean } = {},
): Pose {
  const { places, isHidden } = seeMannequin(mannequin, view);
  const xs = places.map(([x]) => x);
  const ys = places.map(([, y]) => y);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  // A standing body's keypoints span 15 decimetres: sitting ones are not blown up to the same height.
  const scale = Math.min(
    (size.height * share) / Math.max(15, bottom - top),
    (size.width * 0.9) / Math.max(4, right - left),
  );
  const x0 = size.width / 2 - ((left + right) / 2) * scale;
  const y0 = size.height * (0.5 + share / 2) - bottom * scale;
  const keypoints = places.map(([x, y], i): Keypoint => {
    if (hides && isHidden[i]) return [0, 0, 0];
    return [x0 + x * scale, y0 + y * scale, 1];
  });
  return { keypoints };
}

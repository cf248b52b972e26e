import { roundHalfEven } from './round-half-even.ts';
import type { Colour } from './skeleton.ts';

/** Joined points of a hand, finger after finger from the wrist on (OpenPose's doc/02_output.md, hand output format). */
export const openPoseHandBones: readonly (readonly [from: number, to: number])[] = [0, 1, 2, 3, 4].flatMap(
  (finger) => {
    const first = 4 * finger + 1;
    return [
      [0, first] as const,
      ...[first, first + 1, first + 2].map((point) => [point, point + 1] as const),
    ];
  },
);

/** Bone i of twenty in the colour of hue i / 20, at full saturation and value. */
export function openPoseHandColour(bone: number): Colour {
  const hue = (bone / openPoseHandBones.length) * 6;
  const sextant = Math.floor(hue);
  const rising = hue - sextant;
  // 1 - (1 - f), as matplotlib computes it: the last bit decides how a half is rounded.
  const [up, down] = [1 - (1 - rising), 1 - rising];
  const rgb = [
    [1, up, 0],
    [down, 1, 0],
    [0, 1, up],
    [0, down, 1],
    [up, 0, 1],
    [1, 0, down],
  ][sextant];
  return [roundHalfEven(rgb[0] * 255), roundHalfEven(rgb[1] * 255), roundHalfEven(rgb[2] * 255)];
}

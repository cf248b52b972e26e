import type { Keypoint } from '@stable-pose/core';
import type { Person, Point } from './person.ts';
import { angleOf, distance } from './plane.ts';

export const faceShapes = ['neutral', 'smile', 'surprised'] as const;
export type FaceShape = (typeof faceShapes)[number];

/**
 * Seventy points as OpenPose has them (the 68 of iBUG 300-W, then the pupils), seen from in front; the middle between the eyes is
 * (0, 0), they are 1 apart, y down. The picture's left is the person's right. Proportions by eye.
 */
function template(shape: FaceShape): readonly Point[] {
  const smile = shape === 'smile' ? 1 : 0;
  const surprise = shape === 'surprised' ? 1 : 0;
  const arc = (count: number, at: (share: number) => Point) =>
    Array.from({ length: count }, (_, i) => at(i / (count - 1)));
  const jaw = arc(17, (t) => ({
    x: -1.12 * Math.cos(Math.PI * t),
    y: 0.12 + (1.72 + 0.12 * surprise) * Math.sin(Math.PI * t) ** 0.82,
  }));
  const brow = (side: -1 | 1) =>
    arc(5, (t) => ({
      x: side * (0.9 - 0.68 * t),
      y: -0.34 - 0.16 * surprise - 0.14 * Math.sin(Math.PI * (0.25 + 0.6 * t)),
    }));
  const bridge = arc(4, (t) => ({ x: 0, y: 0.02 + 0.58 * t }));
  const nostrils = arc(5, (t) => ({ x: -0.24 + 0.48 * t, y: 0.72 + 0.06 * Math.sin(Math.PI * t) }));
  const eye = (middle: number) => {
    const [wide, high] = [0.22, 0.07 + 0.04 * surprise - 0.015 * smile];
    return [
      [-wide, 0],
      [-wide / 2.6, -high],
      [wide / 2.6, -high],
      [wide, 0],
      [wide / 2.6, high],
      [-wide / 2.6, high],
    ].map(([x, y]) => ({ x: middle + x, y }));
  };
  const wide = 0.42 + 0.14 * smile - 0.12 * surprise;
  const open = 0.3 * surprise + 0.05 * smile;
  const corner = -0.12 * smile;
  const mouthY = 1.1;
  const lip = (count: number, from: number, to: number, height: number) =>
    arc(count, (t) => {
      const x = from + (to - from) * t;
      const bow = Math.sin(Math.PI * t);
      return { x, y: mouthY + corner * (1 - bow) + height * bow };
    });
  const upper = lip(7, -wide, wide, -0.13 - open / 2);
  const lower = lip(7, wide, -wide, 0.17 + open).slice(1, -1);
  const innerUpper = lip(5, -wide * 0.84, wide * 0.84, -0.02 - open / 2);
  const innerLower = lip(5, wide * 0.84, -wide * 0.84, 0.03 + open).slice(1, -1);
  return [
    ...jaw,
    ...brow(-1),
    ...[...brow(1)].reverse(),
    ...bridge,
    ...nostrils,
    ...eye(-0.5),
    ...eye(0.5),
    ...upper,
    ...lower,
    ...innerUpper,
    ...innerLower,
    { x: -0.5, y: 0 },
    { x: 0.5, y: 0 },
  ];
}

/** A face on the head, by its eyes; by ears or shoulders where eyes are not to be seen. */
export function faceOfShape(person: Person, shape: FaceShape): readonly Keypoint[] {
  const { middle, apart, turn } = frameOf(person);
  return template(shape).map(({ x, y }): Keypoint => {
    const [u, v] = [x * apart, y * apart];
    return [
      middle.x + u * Math.cos(turn) - v * Math.sin(turn),
      middle.y + u * Math.sin(turn) + v * Math.cos(turn),
      1,
    ];
  });
}

function frameOf({ keypoints }: Person): {
  readonly middle: Point;
  readonly apart: number;
  readonly turn: number;
} {
  const isThere = (i: number) => keypoints[i].state !== 'deleted';
  const half = (a: number, b: number): Point => ({
    x: (keypoints[a].x + keypoints[b].x) / 2,
    y: (keypoints[a].y + keypoints[b].y) / 2,
  });
  // The person's right is the picture's left, where people face us; a line that runs the other way is turned round.
  const upright = (angle: number) =>
    Math.abs(angle) > Math.PI / 2 ? angle - Math.sign(angle) * Math.PI : angle;
  for (const [right, left, scale, lift] of [
    [2, 1, 1, 0],
    [4, 3, 0.52, 0],
    [6, 5, 0.2, 0.62],
  ] as const) {
    const across = distance(keypoints[right], keypoints[left]);
    if (!isThere(right) || !isThere(left) || across < 1) continue;
    const middle = half(right, left);
    return {
      middle: { x: middle.x, y: middle.y - across * lift },
      apart: across * scale,
      turn: upright(angleOf(keypoints[right], keypoints[left])),
    };
  }
  return { middle: keypoints[0], apart: 12, turn: 0 };
}

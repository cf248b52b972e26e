import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawOpenPose } from '../../../packages/core/src/pose/draw-open-pose.ts';
import type { Keypoint } from '../../../packages/core/src/pose/keypoints.ts';

/** Made by test/golden/open-pose-drawing.py, which says what the parts are. */
type GoldenCase = [width: number, height: number, people: GoldenPerson[], sha256: string];

interface GoldenPerson {
  readonly keypoints: Keypoint[];
  readonly left?: Keypoint[];
  readonly right?: Keypoint[];
  readonly face?: Keypoint[];
}

describe("drawing OpenPose's skeleton", () => {
  it('[P19, P20] is pixel for pixel what OpenCV 4.6 draws: clipped and sparse bodies, several people, hands, faces', () => {
    const path = new URL('../../golden/open-pose-drawing.json', import.meta.url);
    const cases = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase[];
    const differing = cases.filter(([width, height, people, expected]) => {
      const poses = people.map(({ keypoints, left, right, face }) => ({
        keypoints,
        hands: { left, right },
        face,
      }));
      const drawn = drawOpenPose(poses, { width, height, scale: 'none' });
      return createHash('sha256').update(drawn.data).digest('hex') !== expected;
    });
    expect(cases.length).toBe(24);
    expect(differing.map(([width, height]) => [width, height])).toEqual([]);
  });

  it('[P9] grows with the picture', () => {
    const face: Keypoint[] = Array.from({ length: 70 }, () => [40, 40, 1]);
    const keypoints: Keypoint[] = Array.from({ length: 17 }, () => [0, 0, 0]);
    const lit = (side: number) =>
      drawOpenPose([{ keypoints, face }], { width: side, height: side }).data.filter((value) => value > 0)
        .length;
    expect(lit(512)).toBeGreaterThan(lit(256));
    expect(lit(64)).toBeGreaterThan(0);
  });
});

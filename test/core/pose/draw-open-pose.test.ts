import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawOpenPose } from '../../../packages/core/src/pose/draw-open-pose.ts';
import type { Keypoint } from '../../../packages/core/src/pose/keypoints.ts';

/** Made by test/golden/open-pose-drawing.py, which says what the parts are. */
type GoldenCase = [width: number, height: number, keypoints: Keypoint[], sha256: string];

describe("drawing OpenPose's skeleton", () => {
  it('[P19] is pixel for pixel what OpenCV 4.6 draws, clipped and sparse bodies included', () => {
    const path = new URL('../../golden/open-pose-drawing.json', import.meta.url);
    const cases = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase[];
    const differing = cases.filter(([width, height, keypoints, expected]) => {
      const drawn = drawOpenPose([{ keypoints }], { width, height, scale: 'none' });
      return createHash('sha256').update(drawn.data).digest('hex') !== expected;
    });
    expect(cases.length).toBe(40);
    expect(differing.map(([width, height]) => [width, height])).toEqual([]);
  });
});

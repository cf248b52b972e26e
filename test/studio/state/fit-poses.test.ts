import type { Pose } from '@stable-pose/core';
import { describe, expect, it } from 'vitest';
import { boxInPicture, fitPoses } from '../../../packages/studio/src/state/fit-poses.ts';

const picture = { width: 400, height: 200 };
const paper = { width: 100, height: 100 };

describe('a picture that is laid whole into the middle of the paper', () => {
  it('takes its poses along', () => {
    const corners = [[0.5, 0.5, 1], [400, 200, 1], ...Array.from({ length: 15 }, () => [0, 0, 0])];
    const [laid] = fitPoses([{ keypoints: corners } as unknown as Pose], picture, paper);
    expect(laid.keypoints.slice(0, 3)).toEqual([
      [0.125, 25.125, 1],
      [100, 75, 1],
      [0, 0, 0],
    ]);
  });

  it('says where in it a box on the paper lies, and keeps the box within', () => {
    expect(boxInPicture({ left: 10, top: 35, right: 30, bottom: 65 }, picture, paper)).toEqual({
      x: 40,
      y: 40,
      width: 80,
      height: 120,
    });
    expect(boxInPicture({ left: -50, top: 0, right: 50, bottom: 200 }, picture, paper)).toEqual({
      x: 0,
      y: 0,
      width: 200,
      height: 200,
    });
    expect(boxInPicture(undefined, picture, paper)).toEqual({ x: 0, y: 0, ...picture });
  });

  it('knows no box beside it', () => {
    expect(boxInPicture({ left: 10, top: 0, right: 90, bottom: 24 }, picture, paper)).toBeUndefined();
  });
});

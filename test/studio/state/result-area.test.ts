import { encodePng, type Pose, raster } from '@stable-pose/core';
import { planArea } from '@stable-pose/sdk';
import { describe, expect, it } from 'vitest';
import type { Result } from '../../../packages/studio/src/state/gallery.ts';
import {
  areaOfResult,
  paperInPicture,
  pngOnPaper,
  posesOnPaper,
  rasterOnPaper,
} from '../../../packages/studio/src/state/result-area.ts';

const pose = (x: number, y: number): Pose => ({
  keypoints: Array.from({ length: 17 }, () => [x, y, 1] as const),
});

/** Each pixel says where it is. */
function resultOf(area: Result['area'], width: number, height: number): Result {
  const picture = raster(width, height, 3);
  for (let i = 0; i < width * height; i++) picture.data.set([i % width, Math.floor(i / width), 7], i * 3);
  return {
    id: 'a',
    createdAt: 0,
    request: { width, height, poses: [pose(width / 2, height / 2)] },
    seed: 1,
    width,
    height,
    warnings: [],
    ...(area ? { area } : {}),
    png: encodePng(picture),
    url: '',
  };
}

describe('a result on the paper', () => {
  const area = planArea(
    { x: 100, y: 60, width: 128, height: 128 },
    {
      multiple: 64,
      resolution: 'canvas',
      nativeSize: { width: 256, height: 256 },
      padding: 32,
      canvas: { width: 512, height: 512 },
    },
  );

  it('is the part that was asked for, without its surroundings', () => {
    const result = resultOf(area, area.size.width, area.size.height);
    const { drawn, placed } = area;
    expect(drawn.width).toBeGreaterThan(placed.width);
    expect(paperInPicture(area)).toEqual({
      x: placed.x - drawn.x,
      y: placed.y - drawn.y,
      width: 128,
      height: 128,
    });
    const part = rasterOnPaper(result);
    expect([part.width, part.height]).toEqual([128, 128]);
    expect([...part.data.subarray(0, 3)]).toEqual([placed.x - drawn.x, placed.y - drawn.y, 7]);
    // The middle of what was drawn, from the corner of what was asked for.
    const [[x, y]] = posesOnPaper(result)[0].keypoints;
    expect(x + placed.x).toBeCloseTo(drawn.x + drawn.width / 2, 6);
    expect(y + placed.y).toBeCloseTo(drawn.y + drawn.height / 2, 6);
    expect(pngOnPaper(result)).not.toBe(result.png);
  });

  it('is all of it where nothing else is known', () => {
    const result = resultOf(undefined, 64, 128);
    expect(areaOfResult(result).placed).toEqual({ x: 0, y: 0, width: 64, height: 128 });
    expect(posesOnPaper(result)).toEqual(result.request.poses);
    expect(pngOnPaper(result)).toBe(result.png);
  });
});

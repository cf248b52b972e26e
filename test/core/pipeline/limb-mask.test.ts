import { describe, expect, it } from 'vitest';
import { raster } from '../../../packages/core/src/image/index.ts';
import { limbMask } from '../../../packages/core/src/pipeline/limb-mask.ts';
import { latentMask, softenMask } from '../../../packages/core/src/pipeline/mask-edge.ts';
import { movePose } from '../../../packages/core/src/pose/index.ts';
import { standingPerson, withRaisedArm } from './tiny-pipeline.ts';

const size = { width: 128, height: 128 };
const person = standingPerson(40, 20, 90);
const at = (mask: { data: Uint8Array }, x: number, y: number) => mask.data[y * size.width + x];

describe('limbMask', () => {
  it('is black where every limb stayed', () => {
    const other = standingPerson(100, 20, 80);
    expect(limbMask([person, other], [person, other], size, 24).data.every((value) => value === 0)).toBe(
      true,
    );
  });

  it('is white round a limb that moved, where it was and where it is, and black round the others', () => {
    const moved = withRaisedArm(person);
    const mask = limbMask([person], [moved], size, 8);
    for (const index of [7, 9]) {
      for (const pose of [person, moved]) {
        const [x, y] = pose.keypoints[index]!;
        expect(at(mask, Math.floor(x), Math.floor(y))).toBe(255);
      }
    }
    const [ankleX, ankleY] = person.keypoints[16]!;
    expect(at(mask, Math.floor(ankleX), Math.floor(ankleY))).toBe(0);
  });

  it('covers a person who came, went or walked, head and belly included', () => {
    const walked = movePose(person, 40, 0);
    for (const [before, after] of [
      [[], [person]],
      [[person], []],
      [[person], [walked]],
    ]) {
      const mask = limbMask(before!, after!, size, 4);
      expect(at(mask, 40, 20)).toBe(255);
      expect(at(mask, 40, 50)).toBe(255);
      expect(at(mask, 120, 120)).toBe(0);
    }
  });
});

describe('softenMask', () => {
  const box = raster(size.width, size.height, 1);
  for (let y = 32; y < 96; y++) box.data.fill(255, y * size.width + 32, y * size.width + 96);

  it('falls inwards, leaves black black and the middle white', () => {
    const soft = softenMask(box, 8);
    expect(soft.data.every((value, i) => value === 0 || box.data[i] !== 0)).toBe(true);
    expect(at(soft, 64, 64)).toBe(255);
    const rise = Array.from({ length: 10 }, (_, i) => at(soft, 31 + i, 64)!);
    expect(rise.every((value, i) => i === 0 || value > rise[i - 1]! || value === 255)).toBe(true);
    expect(rise[1]).toBeGreaterThan(0);
  });

  it('keeps the middle of a part that is thinner than the feather', () => {
    const line = raster(size.width, size.height, 1);
    for (let y = 60; y < 64; y++) line.data.fill(255, y * size.width, (y + 1) * size.width);
    expect(at(softenMask(line, 32), 64, 61)).toBe(255);
  });

  it('leaves a mask alone that is all white, or all black', () => {
    const white = raster(16, 16, 1, new Uint8Array(256).fill(255));
    expect(softenMask(white, 8).data).toEqual(white.data);
    const black = raster(16, 16, 1);
    expect(softenMask(black, 8).data).toEqual(black.data);
  });
});

describe('latentMask', () => {
  it('opens every cell that any of its pixels opens', () => {
    const mask = raster(16, 16, 1);
    mask.data[15 * 16 + 8] = 51;
    expect([...latentMask(mask, 8)]).toEqual([0, 0, 0, expect.closeTo(0.2, 6)]);
  });
});

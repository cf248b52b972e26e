import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { raster } from '../../../packages/core/src/image/raster.ts';
import { drawDisc } from '../../../packages/core/src/pose/draw-disc.ts';
import { drawLine } from '../../../packages/core/src/pose/draw-line.ts';
import { referenceJson, referenceTensors } from '../../support/reference-set.ts';

type Primitive =
  | { kind: 'line'; p0: [number, number]; p1: [number, number]; width: number; n: number }
  | { kind: 'disc'; center: [number, number]; radius: number; n: number };

/** Made by test/golden/opencv-drawing.py, which says what the parts are. */
type GoldenCase = [
  kind: 'line' | 'disc',
  width: number,
  height: number,
  place: [number, number, number, number],
  size: number,
  sha256: string,
];

const { canvas, items } = referenceJson<{ canvas: [number, number]; items: Primitive[] }>(
  '01_skeleton/primitives.json',
);
const bits = referenceTensors('01_skeleton/primitives.safetensors').get('bits', 'U8');
const white = [255, 255, 255] as const;

function draw(item: Primitive): Uint8Array {
  const target = raster(canvas[1], canvas[0], 3);
  if (item.kind === 'line') {
    drawLine(target, { x: item.p0[0], y: item.p0[1] }, { x: item.p1[0], y: item.p1[1] }, item.width, white);
  } else {
    drawDisc(target, item.center[0], item.center[1], item.radius, white);
  }
  return target.data;
}

describe('drawing single lines and discs', () => {
  it.each(items.map((item, index) => [JSON.stringify(item), item, index] as const))(
    '[P5] [P6] is bit for bit what OpenCV 4.6 draws: %s',
    (_, item, index) => {
      const drawn = draw(item);
      const [height, width] = canvas;
      const bytesPerRow = width / 8;
      let differing = 0;
      let lit = 0;
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const expected = (bits.data[(index * height + y) * bytesPerRow + (x >> 3)] >> (x & 7)) & 1;
          const got = drawn[(y * width + x) * 3] > 0 ? 1 : 0;
          lit += got;
          if (got !== expected) differing++;
        }
      }
      expect({ differing, lit }).toEqual({ differing: 0, lit: item.n });
    },
  );

  it('[P5] [P6] [P7] is bit for bit what OpenCV 4.6 draws in 600 random cases', () => {
    const path = new URL('../../golden/opencv-drawing.json', import.meta.url);
    const cases = JSON.parse(readFileSync(path, 'utf8')) as GoldenCase[];
    const differing = cases.filter(([kind, width, height, [x1, y1, x2, y2], size, expected]) => {
      const target = raster(width, height, 3);
      if (kind === 'disc') drawDisc(target, x1, y1, size, [219, 94, 86]);
      else drawLine(target, { x: x1, y: y1 }, { x: x2, y: y2 }, size, [219, 94, 86]);
      return createHash('sha256').update(target.data).digest('hex') !== expected;
    });
    expect(cases.length).toBe(600);
    expect(differing).toEqual([]);
  });

  it('[P7] draws ends a million pixels away as quickly as near ones, and as they would be seen', () => {
    const far = raster(64, 64, 3);
    drawLine(far, { x: -1_000_000, y: -1_000_000 }, { x: 1_000_000, y: 1_000_000 }, 10, white);
    const near = raster(64, 64, 3);
    drawLine(near, { x: -100, y: -100 }, { x: 163, y: 163 }, 10, white);
    expect(far.data).toEqual(near.data);
  });
});

import { describe, expect, it } from 'vitest';
import type { EyesNetworkSource } from '../../../packages/core/src/contract/index.ts';
import { decodeHeatMaps } from '../../../packages/core/src/detect/decode-heat-maps.ts';
import {
  createHeatMapDetector,
  createPersonMatter,
  cutOut,
} from '../../../packages/core/src/detect/index.ts';
import { matteBoxes } from '../../../packages/core/src/detect/matte-boxes.ts';
import { guidedUpsample, raster, resizeRaster } from '../../../packages/core/src/image/index.ts';
import type { Graph, GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { type FloatTensor, float32 } from '../../../packages/core/src/tensor/index.ts';

/** A network drawn by hand: the matte is where the picture is bright; every keypoint is at its brightest cell in the asked box. */
const network: EyesNetworkSource = {
  graph: async (part) => ({ name: part, model: new Uint8Array(), externalData: [], weightBytes: 0 }),
  poseSide: 64,
  matteSide: 64,
  heatStride: 4,
  boxMargin: 0.1,
  cropMargin: 0.25,
  window: 2,
  dispose: async () => {},
};

const runtime: GraphRuntime = {
  provider: 'cpu',
  description: 'by hand',
  load: async ({ name }): Promise<Graph> => ({
    inputNames: ['picture'],
    outputNames: [name === 'matte' ? 'matte' : 'heat_maps'],
    async run({ picture }): Promise<Record<string, FloatTensor>> {
      const { dims, data } = picture as FloatTensor;
      const [, , height, width] = dims as [number, number, number, number];
      const plane = height * width;
      if (name === 'matte') {
        return {
          matte: float32(
            [1, 1, height, width],
            data.slice(0, plane).map((value) => (value > 0 ? 1 : 0)),
          ),
        };
      }
      const [h, w] = [height / 4, width / 4];
      const heat = new Float32Array(17 * h * w).fill(-20);
      for (let k = 0; k < 17; k++)
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            const at = (4 * y + 2) * width + 4 * x + 2;
            if (data[at]! > 0 && data[3 * plane + at]! > 0) heat[(k * h + y) * w + x] = 20;
          }
      return { heat_maps: float32([1, 17, h, w], heat) };
    },
    dispose: async () => {},
  }),
  dispose: async () => {},
};

/** Bright squares on black. */
function squares(
  width: number,
  height: number,
  ...boxes: readonly (readonly [number, number, number, number])[]
) {
  const picture = raster(width, height, 3);
  for (const [x0, y0, w, h] of boxes)
    for (let y = y0; y < y0 + h; y++) picture.data.fill(255, 3 * (y * width + x0), 3 * (y * width + x0 + w));
  return picture;
}

describe('the person matte', () => {
  it('has the size of the picture and follows its contours above the network’s own size', async () => {
    const matter = createPersonMatter({ runtime, network });
    const picture = squares(256, 256, [99, 60, 70, 120]);
    const matte = await matter.matte(picture);
    expect([matte.width, matte.height, matte.channels]).toEqual([256, 256, 1]);
    const wrong = matte.data.filter((value, i) => Math.abs(value - picture.data[3 * i]!) > 64).length;
    const plain = resizeRaster(resizeRaster(picture, 64, 64, 'bilinear'), 256, 256, 'bilinear');
    const plainWrong = matte.data.filter(
      (_, i) => Math.abs(plain.data[3 * i]! - picture.data[3 * i]!) > 64,
    ).length;
    expect(wrong).toBeLessThan(plainWrong / 4);
    await matter.dispose();
    await expect(matter.matte(picture)).rejects.toMatchObject({ code: 'internal' });
  });

  it('becomes alpha, and keeps the colours', () => {
    const picture = squares(4, 1, [0, 0, 2, 1]);
    const cut = cutOut(picture, raster(4, 1, 1, Uint8Array.of(255, 128, 0, 255)));
    expect(Array.from(cut.data)).toEqual([255, 255, 255, 255, 255, 255, 255, 128, 0, 0, 0, 0, 0, 0, 0, 255]);
    expect(() => cutOut(picture, raster(3, 1, 1))).toThrow(/4 x 1 was expected/);
  });

  it('is only resized when the picture is hardly larger', () => {
    const mask = raster(4, 4, 1, new Uint8Array(16).fill(200));
    const small = raster(4, 4, 3);
    expect(guidedUpsample(mask, small, small)).toBe(mask);
  });

  it('falls into boxes, largest first, specks left out', () => {
    const matte = raster(100, 100, 1);
    for (let y = 10; y < 30; y++) matte.data.fill(255, y * 100 + 5, y * 100 + 15);
    for (let y = 40; y < 90; y++) matte.data.fill(255, y * 100 + 50, y * 100 + 80);
    matte.data[99] = 255;
    expect(matteBoxes(matte)).toEqual([
      { x: 50, y: 40, width: 30, height: 50 },
      { x: 5, y: 10, width: 10, height: 20 },
    ]);
  });
});

describe('the heat-map detector', () => {
  it('finds one person in each asked box, in the order asked, and guesses where nobody is', async () => {
    const detector = createHeatMapDetector({ runtime, network });
    const picture = squares(200, 100, [20, 40, 8, 8], [150, 40, 8, 8]);
    const boxes = [
      { x: 134, y: 20, width: 40, height: 48 },
      { x: 4, y: 20, width: 40, height: 48 },
      { x: 80, y: 20, width: 30, height: 48 },
    ];
    const [right, left, nobody] = await detector.detect(picture, { boxes });
    expect(right!.isGuess || left!.isGuess).toBe(false);
    // Half a cell of the crop at most.
    expect(Math.abs(right!.pose.keypoints[0]![0] - 154)).toBeLessThan(4);
    expect(Math.abs(left!.pose.keypoints[0]![0] - 24)).toBeLessThan(4);
    expect(nobody!.isGuess).toBe(true);
    await detector.dispose();
  });

  it('finds people unaided in the pieces of the matte, left to right', async () => {
    const detector = createHeatMapDetector({ runtime, network });
    const people = await detector.detect(squares(200, 200, [150, 80, 24, 40], [20, 80, 24, 60]));
    expect(people.length).toBe(2);
    expect(people[0]!.pose.keypoints[0]![0]).toBeLessThan(people[1]!.pose.keypoints[0]![0]);
    await detector.dispose();
  });

  it('refuses a box without area', async () => {
    const detector = createHeatMapDetector({ runtime, network });
    const box = { x: 1, y: 1, width: 0, height: 4 };
    await expect(detector.detect(raster(64, 64, 3), { boxes: [box] })).rejects.toMatchObject({
      code: 'invalid-pose',
    });
  });
});

describe('heat maps', () => {
  it('tell places finer than a cell', () => {
    const heat = new Float32Array(16 * 16);
    for (let y = 0; y < 16; y++)
      for (let x = 0; x < 16; x++) heat[y * 16 + x] = 20 - ((x + 0.5 - 7.3) ** 2 + (y + 0.5 - 9.8) ** 2) / 2;
    const [[x, y, confidence]] = decodeHeatMaps(float32([1, 1, 16, 16], heat), { stride: 4, window: 2 }) as [
      [number, number, number],
    ];
    // The window cuts the bump's tails: a tenth of a cell.
    expect(Math.abs(x / 4 - 7.3)).toBeLessThan(0.1);
    expect(Math.abs(y / 4 - 9.8)).toBeLessThan(0.1);
    expect(confidence).toBeGreaterThan(0.9);
  });

  it('have no confidence where the keypoint is nowhere', () => {
    const [[, , confidence]] = decodeHeatMaps(float32([1, 1, 8, 8], new Float32Array(64).fill(-9)), {
      stride: 4,
      window: 2,
    }) as [[number, number, number]];
    expect(confidence).toBeLessThan(0.01);
  });
});

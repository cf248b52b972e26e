import { type Raster, raster } from '@stable-pose/core';
import { garmentColours, type MetricKeypoints } from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';

/** Someone who stands in a picture of 100 x 200: trunk from 40 to 100, legs to 190. */
const standing: MetricKeypoints = [
  [50, 20, 1],
  [53, 17, 1],
  [47, 17, 1],
  [57, 20, 1],
  [43, 20, 1],
  [65, 40, 1],
  [35, 40, 1],
  [72, 70, 1],
  [28, 70, 1],
  [74, 98, 1],
  [26, 98, 1],
  [60, 100, 1],
  [40, 100, 1],
  [60, 145, 1],
  [40, 145, 1],
  [60, 190, 1],
  [40, 190, 1],
];

type Rgb = readonly [number, number, number];

/** Above y = 100 one colour, below another, as light falls: darker to the right. */
function dressed(above: Rgb, below: Rgb): Raster {
  const picture = raster(100, 200, 3);
  for (let y = 0; y < 200; y++) {
    for (let x = 0; x < 100; x++) {
      const light = 1.05 - 0.5 * (x / 100);
      const colour = y < 100 ? above : below;
      for (let c = 0; c < 3; c++) picture.data[(y * 100 + x) * 3 + c] = Math.min(255, colour[c]! * light);
    }
  }
  return picture;
}

const shirtAndTrousers = (shirt: string, trousers: string) => [
  [
    { name: 't-shirt', colour: shirt },
    { name: 'trousers', colour: trousers },
  ],
];
const red: Rgb = [204, 28, 32];
const blue: Rgb = [36, 84, 204];
const white: Rgb = [240, 240, 238];

describe('asked colours of garments', () => {
  it('are right where they dominate, in light and in shade', () => {
    const verdicts = garmentColours(dressed(red, blue), [standing], shirtAndTrousers('red', 'blue'));
    expect(verdicts.map(({ garment, right }) => [garment, right])).toEqual([
      ['t-shirt', true],
      ['trousers', true],
    ]);
  });

  it('are wrong where they are on another garment, and tell what is seen instead', () => {
    const verdicts = garmentColours(dressed(red, white), [standing], shirtAndTrousers('white', 'red'));
    expect(verdicts.map(({ seen, right }) => [seen, right])).toEqual([
      ['red', false],
      ['white', false],
    ]);
  });

  it('are not judged where nothing can be said: patterns, unknown words, absent joints', () => {
    const picture = dressed(red, blue);
    const headless = standing.map((point, i) => (i < 11 ? ([-1, -1, 0] as const) : point));
    const striped = [[{ name: 't-shirt', colour: 'red', pattern: 'striped' }]];
    expect(garmentColours(picture, [standing], striped)).toEqual([]);
    expect(garmentColours(picture, [standing], [[{ name: 'hat', colour: 'red' }]])).toEqual([]);
    expect(garmentColours(picture, [standing], [[{ name: 't-shirt', colour: 'mauve' }]])).toEqual([]);
    expect(garmentColours(picture, [headless], shirtAndTrousers('red', 'blue'))).toHaveLength(1);
  });
});

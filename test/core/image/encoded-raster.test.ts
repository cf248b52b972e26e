import {
  decodePng,
  encodedRaster,
  encodePng,
  fileOf,
  raster,
  resizeRaster,
  withChannels,
} from '@stable-pose/core';
import { describe, expect, it } from 'vitest';

function picture(channels: 1 | 3 | 4) {
  const made = raster(7, 5, channels);
  for (let i = 0; i < made.data.length; i++) made.data[i] = (i * 37) % 256;
  return made;
}

describe('a picture that lies in a PNG', () => {
  for (const channels of [1, 3, 4] as const) {
    it(`has the pixels of the file, and the file, with ${channels} channels`, () => {
      const png = encodePng(picture(channels));
      const seen = encodedRaster(png);
      expect([seen.width, seen.height, seen.channels]).toEqual([7, 5, channels]);
      expect(fileOf(seen)).toBe(png);
      expect(seen.data).toEqual(picture(channels).data);
      expect(seen.data).toBe(seen.data);
      // Copied, as over a bridge, it is a picture like others.
      expect({ ...seen }).toEqual(picture(channels));
      // What is not changed is the same picture still; what is has no file.
      expect(fileOf(resizeRaster(seen, 7, 5))).toBe(png);
      expect(fileOf(resizeRaster(seen, 14, 10))).toBeUndefined();
      expect(fileOf(withChannels(seen, channels === 4 ? 3 : 4))).toBeUndefined();
    });
  }

  it('is not unpacked before somebody looks at its pixels', () => {
    const damaged = encodePng(picture(3));
    damaged.fill(9, 45, 55);
    const seen = encodedRaster(damaged);
    expect([seen.width, seen.height]).toEqual([7, 5]);
    expect(() => seen.data).toThrow('damaged');
    expect(() => encodedRaster(damaged.subarray(1))).toThrow('no PNG');
  });

  it('of other kinds is unpacked at once', () => {
    // Eight bits a channel became four: the header says so, and the pixels are too many.
    const png = encodePng(picture(1));
    png[24] = 4;
    expect(() => encodedRaster(png)).toThrow();
    expect(fileOf(decodePng(encodePng(picture(3))))).toBeUndefined();
  });
});

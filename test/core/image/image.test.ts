import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import {
  blendRasters,
  blurRaster,
  cropRaster,
  decodePng,
  encodePng,
  pasteRaster,
  pngSize,
  type Raster,
  type ResizeFilter,
  raster,
  rasterToTensor,
  resizeRaster,
  scaledKernel,
  scaledLineWidth,
  tensorToRaster,
  withChannels,
} from '../../../packages/core/src/image/index.ts';
import { float32 } from '../../../packages/core/src/tensor/index.ts';
import { referenceBytes } from '../../support/reference-set.ts';

function noisy(width: number, height: number, channels: 1 | 3 | 4): Raster {
  let state = 7;
  const data = Uint8Array.from({ length: width * height * channels }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return state >>> 24;
  });
  return raster(width, height, channels, data);
}

function invalidImage(words: RegExp): Error {
  return expect.objectContaining({ code: 'invalid-image', message: expect.stringMatching(words) }) as Error;
}

describe('a raster', () => {
  it('refuses sides and data that do not fit', () => {
    expect(() => raster(0, 5, 3)).toThrow(invalidImage(/whole numbers/));
    expect(() => raster(1.5, 5, 3)).toThrow(invalidImage(/whole numbers/));
    expect(() => raster(1e6, 1e6, 3)).toThrow(invalidImage(/at most/));
    expect(() => raster(2, 2, 3, new Uint8Array(11))).toThrow(invalidImage(/12 bytes, got 11/));
  });

  it('changes channels: grey repeated, alpha over the ground, luma', () => {
    const half = raster(1, 1, 4, Uint8Array.of(200, 100, 0, 128));
    expect([...withChannels(half, 3).data]).toEqual([227, 177, 127]);
    expect([...withChannels(half, 3, 0).data]).toEqual([100, 50, 0]);
    expect([...withChannels(raster(1, 1, 1, Uint8Array.of(9)), 4).data]).toEqual([9, 9, 9, 255]);
    expect([...withChannels(raster(1, 1, 3, Uint8Array.of(255, 0, 0)), 1).data]).toEqual([76]);
    expect(withChannels(half, 4)).toBe(half);
  });
});

describe('pictures as tensors', () => {
  it('come back byte for byte', () => {
    const picture = noisy(5, 4, 3);
    const tensor = rasterToTensor(picture);
    expect(tensor.dims).toEqual([1, 3, 4, 5]);
    expect(tensor.data[0]).toBe(Math.fround(picture.data[0] / 127.5 - 1));
    expect(tensorToRaster(tensor).data).toEqual(picture.data);
  });

  it('are clamped, cut down where the reference cuts, and black where they are no number', () => {
    const tensor = float32([1, 3, 1, 1], Float32Array.of(1.7, Number.NaN, 0.999));
    expect([...tensorToRaster(tensor).data]).toEqual([255, 0, 255]);
    expect([...tensorToRaster(tensor, { rounding: 'down' }).data]).toEqual([255, 0, 254]);
    expect([...tensorToRaster(tensor, { channels: 4 }).data]).toEqual([255, 0, 255, 255]);
    expect(() => tensorToRaster(tensor, { row: 1 })).toThrow(/\[B, 3, H, W\]/);
  });
});

describe('resizing', () => {
  it.each<ResizeFilter>(['area', 'bilinear', 'lanczos', 'nearest'])(
    '%s keeps an even colour even',
    (filter) => {
      for (const [width, height] of [
        [7, 31],
        [33, 5],
        [1, 1],
      ]) {
        const even = raster(16, 12, 3, new Uint8Array(16 * 12 * 3).fill(137));
        expect(resizeRaster(even, width, height, filter).data.every((value) => value === 137)).toBe(true);
      }
    },
  );

  it('area takes the mean of what a pixel covers', () => {
    const source = raster(4, 2, 1, Uint8Array.of(0, 10, 20, 30, 40, 50, 60, 70));
    expect([...resizeRaster(source, 2, 1, 'area').data]).toEqual([25, 45]);
    const third = raster(3, 1, 1, Uint8Array.of(0, 90, 255));
    expect([...resizeRaster(third, 2, 1, 'area').data]).toEqual([30, 200]);
    expect([...resizeRaster(third, 6, 1, 'area').data]).toEqual([0, 0, 90, 90, 255, 255]);
  });

  it('does what Pillow does, within its 8-bit rounding', () => {
    // PIL.Image.fromarray(np.arange(8, dtype=np.uint8).reshape(1, 8) * 36 ^ 85).resize((w, 1), filter), Pillow 13.0.
    const source = raster(
      8,
      1,
      1,
      Uint8Array.from({ length: 8 }, (_, i) => (i * 36) ^ 85),
    );
    const pillow: readonly [ResizeFilter, readonly number[]][] = [
      ['bilinear', [96, 56, 127, 198, 158]],
      ['bilinear', [85, 97, 110, 58, 37, 54, 127, 200, 217, 196, 144, 157, 169]],
      ['lanczos', [103, 43, 127, 211, 151]],
      ['lanczos', [79, 103, 112, 59, 17, 44, 127, 210, 237, 195, 142, 151, 175]],
    ];
    for (const [filter, expected] of pillow) {
      const ours = resizeRaster(source, expected.length, 1, filter);
      ours.data.forEach((value, i) => {
        expect(Math.abs(value - expected[i])).toBeLessThanOrEqual(1);
      });
    }
  });

  it('does not let the colour of transparent pixels bleed', () => {
    const source = raster(2, 1, 4, Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 0));
    expect([...resizeRaster(source, 1, 1, 'area').data]).toEqual([255, 0, 0, 128]);
  });
});

describe('soft masks', () => {
  it('blurs without changing what is even, and symmetrically', () => {
    const even = raster(9, 9, 1, new Uint8Array(81).fill(255));
    expect(blurRaster(even, 2).data).toEqual(even.data);
    const dot = raster(9, 9, 1);
    dot.data[40] = 255;
    const soft = blurRaster(dot, 1).data;
    expect(soft[40]).toBe(41); // 255 / (2 pi), the kernel cut at three sigma
    expect(soft[39]).toBe(soft[41]);
    expect(soft[31]).toBe(soft[39]);
    expect(blurRaster(dot, 0)).toBe(dot);
  });

  it('blends: untouched outside, replaced inside, between at the edge', () => {
    const below = noisy(3, 1, 3);
    const above = raster(3, 1, 3, new Uint8Array(9).fill(200));
    const blended = blendRasters(below, above, raster(3, 1, 1, Uint8Array.of(0, 255, 128)));
    expect(blended.data.subarray(0, 3)).toEqual(below.data.subarray(0, 3));
    expect([...blended.data.subarray(3, 6)]).toEqual([200, 200, 200]);
    expect(blended.data[6]).toBe(Math.round((below.data[6] * 127 + 200 * 128) / 255));
    expect(() => blendRasters(below, above, raster(2, 1, 1))).toThrow(invalidImage(/same size/));
  });
});

describe('cutting and pasting', () => {
  it('is undone by pasting back, and clips at the border', () => {
    const picture = noisy(6, 5, 3);
    const part = cropRaster(picture, { x: -2, y: 3, width: 4, height: 4 });
    expect([...part.data.subarray(0, 6)]).toEqual([0, 0, 0, 0, 0, 0]);
    expect(part.data.subarray(6, 12)).toEqual(picture.data.subarray(3 * 18, 3 * 18 + 6));
    expect(pasteRaster(picture, part, -2, 3).data).toEqual(picture.data);
    expect(pasteRaster(picture, part, 50, -50).data).toEqual(picture.data);
    expect(() => cropRaster(picture, { x: 0.5, y: 0, width: 1, height: 1 })).toThrow(
      invalidImage(/whole pixels/),
    );
    expect(() => pasteRaster(picture, noisy(1, 1, 4), 0, 0)).toThrow(invalidImage(/same channels/));
  });
});

describe('the scale rule', () => {
  it.each([
    [512, 10, 23, 13],
    [256, 5, 11, 7],
    [1024, 20, 47, 27],
    [64, 1, 3, 1],
    [384, 8, 17, 9],
  ])('[P9] [M8] at %i pixels: line %i, kernels %i and %i', (side, line, coarse, fine) => {
    const scale = side / 512;
    expect(scaledLineWidth(10, scale)).toBe(line);
    expect(scaledKernel(23, scale)).toBe(coarse);
    expect(scaledKernel(13, scale)).toBe(fine);
  });
});

describe('PNG', () => {
  it.each<1 | 3 | 4>([1, 3, 4])(
    'comes back byte for byte with %i channels, the same bytes each time',
    (channels) => {
      const picture = noisy(13, 7, channels);
      const png = encodePng(picture, { text: { parameters: 'a walk' } });
      expect(decodePng(png)).toEqual(picture);
      expect(pngSize(png)).toEqual({ width: 13, height: 7 });
      expect(encodePng(picture, { text: { parameters: 'a walk' } })).toEqual(png);
    },
  );

  it('reads what others wrote', () => {
    expect(decodePng(referenceBytes('01_skeleton/front.eval.png'))).toMatchObject({
      width: 512,
      channels: 3,
    });
  });

  it.each([
    [
      'palette, 2 bits',
      3,
      2,
      [0b00011011],
      { PLTE: [1, 2, 3, 40, 50, 60, 70, 80, 90, 255, 255, 255] },
      [1, 2, 3, 40, 50, 60, 70, 80, 90, 255, 255, 255],
    ],
    [
      'palette with alpha',
      3,
      8,
      [0, 1, 1, 0],
      { PLTE: [1, 2, 3, 4, 5, 6], tRNS: [0, 255] },
      [1, 2, 3, 0, 4, 5, 6, 255, 4, 5, 6, 255, 1, 2, 3, 0],
    ],
    ['grey, 1 bit', 0, 1, [0b10100000], {}, [255, 0, 255, 0]],
    ['grey, 16 bits', 0, 16, [1, 99, 2, 99, 3, 99, 4, 99], {}, [1, 2, 3, 4]],
    ['grey with alpha', 4, 8, [9, 1, 8, 2, 7, 3, 6, 4], {}, [9, 9, 9, 1, 8, 8, 8, 2, 7, 7, 7, 3, 6, 6, 6, 4]],
    [
      'grey of which one is see-through',
      0,
      8,
      [7, 9, 7, 8],
      { tRNS: [0, 7] },
      [7, 7, 7, 0, 9, 9, 9, 255, 7, 7, 7, 0, 8, 8, 8, 255],
    ],
    [
      'grey of 2 bits of which one is see-through',
      0,
      2,
      [0b00011011],
      { tRNS: [0, 2] },
      [0, 0, 0, 255, 85, 85, 85, 255, 170, 170, 170, 0, 255, 255, 255, 255],
    ],
    [
      'grey of 16 bits of which one is see-through, told apart by its lower eight',
      0,
      16,
      [1, 99, 1, 98, 1, 99, 2, 99],
      { tRNS: [1, 99] },
      [1, 1, 1, 0, 1, 1, 1, 255, 1, 1, 1, 0, 2, 2, 2, 255],
    ],
    [
      'RGB of which one is see-through, with a palette that only advises',
      2,
      8,
      [1, 2, 3, 1, 2, 4, 3, 2, 1, 1, 2, 3],
      { PLTE: [9, 9, 9], tRNS: [0, 1, 0, 2, 0, 3] },
      [1, 2, 3, 0, 1, 2, 4, 255, 3, 2, 1, 255, 1, 2, 3, 0],
    ],
    ['grey with a damaged word on what is see-through', 0, 8, [7, 9, 7, 8], { tRNS: [7] }, [7, 9, 7, 8]],
  ] as const)('expands %s', (_, colour, depth, row, chunks, expected) => {
    const decoded = decodePng(handmadePng(4, 1, depth, colour, [0, ...row], chunks));
    expect([...decoded.data]).toEqual([...expected]);
  });

  it.each([
    [1, 1, 2],
    [3, 5, 4],
    [9, 2, 16],
    [37, 23, 2],
    [37, 23, 4],
    [64, 41, 16],
  ])('unfolds %i x %i interlaced pixels of a palette of %i colours as libpng does', async (w, h, colours) => {
    const { data } = noisy(w, h, 4);
    const source = sharp(data, { raw: { width: w, height: h, channels: 4 } });
    const png = await source.png({ palette: true, colours, progressive: true, dither: 0 }).toBuffer();
    expect(png[24]).toBeLessThan(8);
    expect(png[28]).toBe(1);
    const expected = await sharp(png).ensureAlpha().raw().toBuffer();
    expect(withChannels(decodePng(png), 4).data).toEqual(Uint8Array.from(expected));
  });

  it('unfolds interlaced grey of 2 bits', () => {
    // First pass: the first pixel; sixth: the one beside it; seventh: the second row.
    const passes = [0, 0b01000000, 0, 0b10000000, 0, 0b11010000];
    const decoded = decodePng(handmadePng(2, 2, 2, 0, passes, {}, { interlaced: true }));
    expect(decoded).toMatchObject({ width: 2, height: 2, channels: 1 });
    expect([...decoded.data]).toEqual([85, 170, 255, 85]);
  });

  it('unfolds what is see-through of interlaced grey', () => {
    const passes = [0, 0b01000000, 0, 0b10000000, 0, 0b11010000];
    const decoded = decodePng(handmadePng(2, 2, 2, 0, passes, { tRNS: [0, 1] }, { interlaced: true }));
    expect([...withChannels(decoded, 1, 0).data]).toEqual([0, 170, 255, 0]);
  });

  it('reads a see-through colour in a picture of one pixel', () => {
    const decoded = decodePng(handmadePng(1, 1, 8, 2, [0, 1, 2, 3], { tRNS: [0, 1, 0, 2, 0, 3] }));
    expect([...decoded.data]).toEqual([1, 2, 3, 0]);
  });

  it('refuses interlaced pixels that are too few', () => {
    const cut = handmadePng(2, 2, 2, 0, [0, 64, 0, 128], {}, { interlaced: true });
    expect(() => decodePng(cut)).toThrow(invalidImage(/damaged/));
  });

  it('refuses what is no PNG, a lying size, and damage', () => {
    expect(() => decodePng(new Uint8Array(100))).toThrow(invalidImage(/no PNG/));
    expect(() => decodePng(new Uint8Array(3))).toThrow(invalidImage(/no PNG/));
    expect(() => decodePng(handmadePng(60_000, 60_000, 8, 2, [0], {}))).toThrow(invalidImage(/at most/));
    const png = encodePng(noisy(9, 9, 3));
    expect(() => decodePng(png.subarray(0, 60))).toThrow(invalidImage(/damaged/));
    expect(() => decodePng(handmadePng(4, 4, 8, 2, [0, 1, 2], {}))).toThrow(invalidImage(/damaged/));
    expect(() => decodePng(handmadePng(16_000, 16_000, 8, 6, [0, 1, 2], {}))).toThrow(
      invalidImage(/damaged/),
    );
  });

  it('refuses pixels that unpack to more than the header says, without unpacking them all', () => {
    const bomb = handmadePng(4, 4, 8, 2, new Array(2 ** 22).fill(0), {});
    expect(bomb.length).toBeLessThan(2 ** 13);
    expect(() => decodePng(bomb)).toThrow(invalidImage(/damaged/));
  });

  it('leaves profiles and texts unread, whatever they hold', () => {
    const decoded = decodePng(handmadePng(1, 1, 8, 0, [0, 7], { iCCP: [65, 0, 0, 1, 2, 3], zTXt: [1] }));
    expect([...decoded.data]).toEqual([7]);
  });
});

/** A PNG put together chunk by chunk; checksums are left at 0, which readers here do not mind. */
function handmadePng(
  width: number,
  height: number,
  depth: number,
  colour: number,
  filtered: readonly number[],
  chunks: Readonly<Record<string, readonly number[]>>,
  { interlaced = false } = {},
): Uint8Array {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = depth;
  header[9] = colour;
  header[12] = Number(interlaced);
  const chunk = (name: string, data: Uint8Array) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    return Buffer.concat([length, Buffer.from(name, 'latin1'), data, Buffer.alloc(4)]);
  };
  return Uint8Array.from(
    Buffer.concat([
      Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk('IHDR', header),
      ...Object.entries(chunks).map(([name, data]) => chunk(name, Uint8Array.from(data))),
      chunk('IDAT', deflateSync(Uint8Array.from(filtered))),
      chunk('IEND', new Uint8Array()),
    ]),
  );
}

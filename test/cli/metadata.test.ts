import { deflateSync } from 'node:zlib';
import { parseRequest, raster } from '@stable-pose/core';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { readPictureFile, writePictureFile } from '../../packages/cli/src/metadata/picture-file.ts';
import { addPngTexts, readPngTexts } from '../../packages/cli/src/metadata/png-text.ts';
import {
  readWebUiParameters,
  writeWebUiParameters,
} from '../../packages/cli/src/metadata/web-ui-parameters.ts';

const picture = raster(
  3,
  2,
  3,
  Uint8Array.from({ length: 18 }, (_, i) => i * 14),
);
const plain = () =>
  sharp(Buffer.from(picture.data), { raw: { width: 3, height: 2, channels: 3 } })
    .png()
    .toBuffer();

describe('texts of a PNG', () => {
  it('come back as they were written, whatever the alphabet', async () => {
    const texts = new Map([
      ['Title', 'naïve'],
      ['stable-pose', '{"prompt":"日本の踊り子"}'],
    ]);
    expect(readPngTexts(addPngTexts(await plain(), texts))).toEqual(texts);
  });

  it('leave the picture readable by others', async () => {
    const png = addPngTexts(
      await plain(),
      new Map([
        ['a', 'ü'],
        ['b', '→'],
      ]),
    );
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(info).toMatchObject({ width: 3, height: 2, channels: 3 });
    expect([...data]).toEqual([...picture.data]);
  });

  it('are read where another program packed them', async () => {
    const png = addPngTexts(await plain(), new Map([['zip', 'x']]));
    const at = Buffer.from(png).indexOf('tEXtzip');
    const packed = Buffer.concat([Buffer.from('zTXtzip\0\0', 'latin1'), deflateSync('packed words')]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(packed.length - 4);
    const rebuilt = Buffer.concat([
      png.subarray(0, at - 4),
      length,
      packed,
      Buffer.alloc(4),
      png.subarray(at + 9),
    ]);
    expect(readPngTexts(rebuilt).get('zip')).toBe('packed words');
  });

  it('that are damaged are passed over', async () => {
    const png = addPngTexts(await plain(), new Map([['good', 'yes']]));
    const broken = Buffer.from('\0\0\0\x09zTXtbad\0\0oops\0\0\0\0', 'latin1');
    expect(readPngTexts(Buffer.concat([png.subarray(0, 33), broken, png.subarray(33)]))).toEqual(
      new Map([['good', 'yes']]),
    );
    expect(readPngTexts(png.subarray(0, 40))).toEqual(new Map());
  });

  it('are only looked for in a PNG', () => {
    expect(() => readPngTexts(new Uint8Array(100))).toThrow(
      expect.objectContaining({ code: 'invalid-image' }),
    );
  });
});

const request = parseRequest({
  prompt: 'a dancer, (red dress:1.2)',
  negativePrompt: 'fog\nrain',
  width: 512,
  height: 768,
  seed: 41,
  steps: 20,
  guidanceScale: 7.5,
  scheduler: 'euler-ancestral',
  spacing: 'karras',
  clipSkip: 2,
  model: 'figure, mark 2',
  poses: [{ keypoints: Array.from({ length: 17 }, (_, i) => [i, 2 * i, 1] as const) }],
});

describe('a picture carries its request', () => {
  it('with everything that makes it', () => {
    const reading = readPictureFile(writePictureFile(picture, request), 'picture.png');
    expect(parseRequest(reading.request)).toEqual(request);
  });

  it('in the web UI’s form too', () => {
    const text = readPngTexts(writePictureFile(picture, request)).get('parameters');
    expect(text).toBe(
      [
        'a dancer, (red dress:1.2)',
        'Negative prompt: fog',
        'rain',
        'Steps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7.5, Seed: 41, Size: 512x768, Model: "figure, mark 2", Clip skip: 2, Version: stable-pose',
      ].join('\n'),
    );
  });

  it('says so when it carries none', async () => {
    const png = await plain();
    expect(() => readPictureFile(png, 'holiday.png')).toThrow(/holiday\.png does not say how it was made/);
  });
});

describe('the web UI’s text', () => {
  it('comes back as it was written', () => {
    const { poses, model, version, ...rest } = request;
    expect(parseRequest(readWebUiParameters(writeWebUiParameters(request))?.request)).toEqual(
      parseRequest({ ...rest, version }),
    );
    expect(poses.length + model!.length).toBeGreaterThan(0);
  });

  it('is read as the program itself writes it', () => {
    const reading = readWebUiParameters(
      `portrait of a man, <lora:paper:0.6> ink
Negative prompt: blurry
Steps: 28, Sampler: DPM++ 2M Karras, CFG scale: 6, Seed: 1234567890, Size: 640x512, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, Denoising strength: 0.5, Hires upscale: 2, Lora hashes: "paper: 1a2b3c, other: 4d5e6f", Version: v1.9.4`,
    );
    expect(reading).toEqual({
      request: {
        prompt: 'portrait of a man, ink',
        negativePrompt: 'blurry',
        steps: 28,
        scheduler: 'dpmpp-2m',
        spacing: 'karras',
        guidanceScale: 6,
        seed: 1234567890,
        width: 640,
        height: 512,
      },
      loras: [{ model: 'paper', strength: 0.6 }],
      notes: ['The picture was enlarged by a second pass, which is left out.'],
    });
  });

  it('names a sampler that is not known', () => {
    const reading = readWebUiParameters('x\nSteps: 5, Sampler: Heun, Seed: 1');
    expect(reading?.request).toEqual({ prompt: 'x', negativePrompt: '', steps: 5, seed: 1 });
    expect(reading?.notes).toEqual(['The sampler "Heun" is not known; the model\'s own is used.']);
  });

  it('is told from other texts', () => {
    expect(readWebUiParameters('a holiday by the sea')).toBeUndefined();
  });
});

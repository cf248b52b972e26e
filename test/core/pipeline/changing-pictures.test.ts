import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Raster, raster } from '../../../packages/core/src/image/index.ts';
import { type GenerationProgress, parseRequest } from '../../../packages/core/src/pipeline/index.ts';
import { limbMask } from '../../../packages/core/src/pipeline/limb-mask.ts';
import {
  base64Png,
  farthest,
  openTinyPipeline,
  standingPerson,
  type TinyPipeline,
  withRaisedArm,
} from './tiny-pipeline.ts';

const size = { width: 96, height: 96 };
const person = standingPerson(32, 15, 68);
const base = { prompt: 'a person', ...size, steps: 4, scheduler: 'ddim', seed: 3 } as const;
let tiny: TinyPipeline;

beforeAll(async () => {
  tiny = await openTinyPipeline();
});
afterAll(() => tiny?.dispose());

type Request = Parameters<TinyPipeline['pipeline']['generate']>[0];

const one = async (request: Request, told: GenerationProgress[] = []) => {
  const { pictures } = await tiny.pipeline.generate(request, { onProgress: (p) => void told.push(p) });
  return pictures[0]!;
};

/** Colours that change everywhere, so that a pixel out of place shows. */
function pattern(width: number, height: number): Raster {
  const target = raster(width, height, 3);
  for (let i = 0; i < target.data.length; i++) target.data[i] = (i * 37 + Math.floor(i / 300) * 11) % 256;
  return target;
}

/** White inside the box. */
function boxMask(left: number, top: number, right: number, bottom: number): Raster {
  const mask = raster(size.width, size.height, 1);
  for (let y = top; y < bottom; y++) mask.data.fill(255, y * size.width + left, y * size.width + right);
  return mask;
}

/** How many pixels differ where the mask is black, and where it is white. */
function changed(a: Raster, b: Raster, mask: Raster): { outside: number; inside: number } {
  const count = { outside: 0, inside: 0 };
  for (let i = 0; i < mask.data.length; i++) {
    const differs = [0, 1, 2].some((c) => a.data[3 * i + c] !== b.data[3 * i + c]);
    if (differs) count[mask.data[i] === 0 ? 'outside' : 'inside']++;
  }
  return count;
}

const picture = pattern(size.width, size.height);
const image = { picture: base64Png(picture) };

describe('picture to picture', () => {
  it('takes the last share of the steps', async () => {
    const told: GenerationProgress[] = [];
    const { raster: drawn } = await one({ ...base, image: { ...image, strength: 0.5 } }, told);
    const steps = told.filter(({ stage, step }) => stage === 'denoise' && step > 0);
    expect(steps.map(({ step, steps }) => [step, steps])).toEqual([
      [1, 2],
      [2, 2],
    ]);
    const { raster: plain } = await one(base);
    expect(farthest(drawn, plain)).toBeGreaterThan(0);
  });

  it('at strength 1 is a picture from words', async () => {
    const { raster: drawn } = await one({ ...base, image: { ...image, strength: 1 } });
    expect(drawn.data).toEqual((await one(base)).raster.data);
  });

  it('takes its size from the picture, down to what the model takes, unless told', async () => {
    const odd = { picture: base64Png(pattern(90, 70)) };
    const { raster: drawn } = await one({ prompt: '', steps: 2, scheduler: 'ddim', image: odd });
    expect([drawn.width, drawn.height]).toEqual([80, 64]);
  });
});

describe('inpainting', () => {
  const mask = boxMask(30, 18, 75, 68);

  it('leaves the picture untouched to the pixel outside the mask', async () => {
    const { raster: drawn } = await one({
      ...base,
      poses: [person],
      image: { ...image, strength: 1 },
      mask: { picture: base64Png(mask) },
    });
    const { outside, inside } = changed(drawn, picture, mask);
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(1700);
  });

  it('follows a soft mask, and one that is turned round', async () => {
    const soft = boxMask(36, 36, 60, 60);
    for (let i = 0; i < soft.data.length; i++)
      if (i % size.width > 48) soft.data[i] = Math.floor(soft.data[i]! / 2);
    const request = { ...base, image: { ...image, strength: 0.8 } };
    const softly = await one({ ...request, mask: { picture: base64Png(soft), feather: 4 } });
    expect(changed(softly.raster, picture, soft).outside).toBe(0);
    const turned = await one({ ...request, mask: { picture: base64Png(mask), invert: true } });
    expect(changed(turned.raster, picture, mask).outside).toBeGreaterThan(1700);
    expect(changed(turned.raster, picture, mask).inside).toBe(0);
  });

  it('needs a picture', () => {
    expect(() => parseRequest({ mask: { picture: base64Png(mask) } })).toThrow(/there is no image/);
  });
});

describe('repose', () => {
  it('keeps far pixels, redraws where limbs were and are', async () => {
    const request: Request = { ...base, poses: [person] };
    const before = await one(request);
    const moved = withRaisedArm(person);
    const after = await one({ ...before.request, poses: [moved], repose: { from: [person], margin: 12 } });
    const mask = limbMask([person], [moved], size, 12);
    const { outside, inside } = changed(after.raster, before.raster, mask);
    expect(outside).toBe(0);
    expect(inside).toBeGreaterThan(100);
    const share = mask.data.filter((value) => value > 0).length / mask.data.length;
    expect(share).toBeLessThan(0.3);
  });

  it('makes the same of a picture that is handed over, outside the limbs', async () => {
    const moved = withRaisedArm(person);
    const given = { from: [person], picture: image.picture };
    const { raster: drawn } = await one({ ...base, poses: [moved], repose: given });
    expect(changed(drawn, picture, limbMask([person], [moved], size, 24)).outside).toBe(0);
  });

  it('of a pose that stayed changes nothing, and says so', async () => {
    const before = await one({ ...base, poses: [person] });
    const after = await one({ ...before.request, repose: { from: [person] } });
    expect(after.raster.data).toEqual(before.raster.data);
    expect(after.warnings.join()).toMatch(/poses are the same/);
  });
});

describe('the detail pass', () => {
  it('doubles the picture, tile by tile, alike each time', async () => {
    const request: Request = {
      ...base,
      width: 64,
      height: 64,
      poses: [standingPerson(30, 10, 50)],
      detail: { scale: 2, strength: 0.5, tile: 80, overlap: 16 },
    };
    const told: GenerationProgress[] = [];
    const first = await one(request, told);
    expect([first.raster.width, first.raster.height]).toEqual([128, 128]);
    const steps = told.filter(({ stage, step }) => stage === 'detail' && step > 0);
    // 2 x 2 tiles of 80 pixels, two of four steps each.
    expect(steps.length).toBe(2 * 2 * 2);
    expect(steps[steps.length - 1]!.secondsRemaining).toBe(0);
    expect((await one(first.request)).raster.data).toEqual(first.raster.data);
  });
});

describe('a VAE in tiles', () => {
  it('draws nearly what it draws whole', async () => {
    const whole = await one(base);
    const tiled = await one({ ...base, vaeTile: { size: 64, overlap: 32 } });
    expect([tiled.raster.width, tiled.raster.height]).toEqual([96, 96]);
    const mean =
      whole.raster.data.reduce((sum, value, i) => sum + Math.abs(value - tiled.raster.data[i]!), 0) /
      whole.raster.data.length;
    // The decoder normalises over what it sees, so tiles differ a little; a tile out of place would differ by some 40.
    expect(mean).toBeLessThan(12);
  });
});

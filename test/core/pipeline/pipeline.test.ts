import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type GenerationProgress, parseRequest } from '../../../packages/core/src/pipeline/index.ts';
import { schedulerNames } from '../../../packages/core/src/scheduler/index.ts';
import { farthest, openTinyPipeline, standingPerson, type TinyPipeline } from './tiny-pipeline.ts';

const person = standingPerson(32, 12, 50);
const base = { prompt: 'a person', width: 64, height: 64, steps: 3, scheduler: 'ddim', seed: 7 } as const;
let tiny: TinyPipeline;

beforeAll(async () => {
  tiny = await openTinyPipeline();
});
afterAll(() => tiny?.dispose());

const one = async (request: Parameters<TinyPipeline['pipeline']['generate']>[0]) => {
  const { pictures } = await tiny.pipeline.generate(request);
  return pictures[0]!;
};

describe('a picture from words and a pose', () => {
  it('comes out the same for the same seed, and otherwise for another', async () => {
    const request = { ...base, poses: [person] };
    const first = await one(request);
    expect(first.raster).toMatchObject({ width: 64, height: 64, channels: 3 });
    expect((await one(request)).raster.data).toEqual(first.raster.data);
    expect(farthest((await one({ ...request, seed: 8 })).raster, first.raster)).toBeGreaterThan(10);
  });

  it('comes with the request that makes exactly it, which survives JSON', async () => {
    const { pictures } = await tiny.pipeline.generate({ ...base, poses: [person], count: 3 });
    expect(pictures.map(({ seed }) => seed)).toEqual([7, 8, 9]);
    const { request, raster } = pictures[2]!;
    expect(request).toMatchObject({ count: 1, seed: 9, guidanceScale: 7.5, adapters: [{ model: 'pose' }] });
    const again = JSON.parse(JSON.stringify(request));
    expect(parseRequest(again)).toEqual(request);
    expect((await one(again)).raster.data).toEqual(raster.data);
  });

  it('wraps the seed round at 2^32', async () => {
    const { pictures } = await tiny.pipeline.generate({ ...base, seed: 2 ** 32 - 1, count: 2 });
    expect(pictures.map(({ seed }) => seed)).toEqual([2 ** 32 - 1, 0]);
    expect((await one({ ...base, seed: 0 })).raster.data).toEqual(pictures[1]!.raster.data);
  });

  it('follows the pose', async () => {
    const other = standingPerson(20, 10, 45);
    const first = await one({ ...base, poses: [person] });
    const second = await one({ ...base, poses: [other] });
    expect(farthest(first.raster, second.raster)).toBeGreaterThan(0);
    expect(first.hint?.data).not.toEqual(second.hint?.data);
  });

  it('is drawn by every scheduler', async () => {
    for (const scheduler of schedulerNames) {
      const { raster } = await one({ ...base, scheduler, steps: 4 });
      expect(new Set(raster.data).size, scheduler).toBeGreaterThan(2);
    }
  });

  it('takes prompts longer than the context', async () => {
    const long = { ...base, prompt: 'a red dress '.repeat(30) };
    const cut = { ...base, prompt: 'a red dress '.repeat(25) };
    expect(farthest((await one(long)).raster, (await one(cut)).raster)).toBeGreaterThan(0);
  });

  it('follows emphasis, and names the words that the model does not know', async () => {
    const plain = await one({ ...base, prompt: 'a person, red dress' });
    const weighed = await one({ ...base, prompt: 'a person, (red:1.5) dress' });
    expect(farthest(plain.raster, weighed.raster)).toBeGreaterThan(0);
    const odd = await one({ ...base, prompt: 'a person, purple red dress', negativePrompt: 'purple (snow)' });
    expect(odd.raster.data).toEqual(plain.raster.data);
    expect(odd.warnings.join()).toMatch(/left them out: purple, snow\./);
  });

  it('takes sides that are not equal', async () => {
    const { raster } = await one({ ...base, width: 128, height: 64, poses: [standingPerson(90, 10, 50)] });
    expect([raster.width, raster.height]).toEqual([128, 64]);
  });
});

describe('adapters', () => {
  it('do nothing at strength 0, or in a range that holds no step', async () => {
    const plain = await one(base);
    for (const use of [{ strength: 0 }, { from: 0.5, to: 0.5 }, { from: 0.9, to: 0.95 }]) {
      const silent = await one({ ...base, poses: [person], adapters: [use] });
      expect(silent.raster.data).toEqual(plain.raster.data);
      expect(silent.warnings.join()).toMatch(/strength 0|acted at no step/);
    }
  });

  it('act in their range of steps only', async () => {
    const run = (from: number, to: number) => one({ ...base, poses: [person], adapters: [{ from, to }] });
    const [whole, early, none] = [await run(0, 1), await run(0, 0.4), await one(base)];
    expect(farthest(whole.raster, early.raster)).toBeGreaterThan(0);
    expect(farthest(early.raster, none.raster)).toBeGreaterThan(0);
  });

  it('are summed: two at half strength are one at full', async () => {
    const request = { ...base, poses: [person] };
    const full = await one({ ...request, adapters: [{ strength: 1 }] });
    const halves = await one({ ...request, adapters: [{ strength: 0.5 }, { strength: 0.5 }] });
    // Sums of fp32 in another order, rounded to bytes.
    expect(farthest(full.raster, halves.raster)).toBeLessThanOrEqual(1);
  });

  it('are missed aloud', async () => {
    const unposed = await one({ ...base, adapters: [{}] });
    expect(unposed.warnings.join()).toMatch(/No pose was given/);
    const bare = await one({ ...base, poses: [person], adapters: [] });
    expect(bare.warnings.join()).toMatch(/names no adapter/);
  });
});

describe('guidance', () => {
  it('of 1 is the prompt alone', async () => {
    const request = { ...base, poses: [person], guidanceScale: 1 };
    const first = await one({ ...request, negativePrompt: 'nothing' });
    const second = await one({ ...request, negativePrompt: 'something else' });
    expect(second.raster.data).toEqual(first.raster.data);
    expect(first.warnings.join()).toMatch(/negative prompt was not read/);
  });

  it('above 1 moves away from the negative prompt', async () => {
    const first = await one({ ...base, negativePrompt: 'grey blur' });
    const second = await one({ ...base, negativePrompt: 'many hands' });
    expect(farthest(first.raster, second.raster)).toBeGreaterThan(0);
  });
});

describe('while it runs', () => {
  it('tells stages, steps and the remaining time', async () => {
    const told: GenerationProgress[] = [];
    await tiny.pipeline.generate(
      { ...base, count: 2, poses: [person] },
      { onProgress: (p) => void told.push(p) },
    );
    const steps = told.filter(({ stage, step }) => stage === 'denoise' && step > 0);
    expect(steps.map(({ picture, step }) => [picture, step])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
      [2, 1],
      [2, 2],
      [2, 3],
    ]);
    expect(new Set(told.map(({ stage }) => stage))).toEqual(
      new Set(['load', 'text', 'encode', 'pose', 'denoise', 'decode']),
    );
    expect(steps[5]!.secondsRemaining).toBe(0);
    expect(told.every(({ pictures }) => pictures === 2)).toBe(true);
  });

  it('stops when told to, and works again', async () => {
    const expected = await one(base);
    const abort = new AbortController();
    const stopped = tiny.pipeline.generate(base, {
      signal: abort.signal,
      onProgress: ({ stage, step }) => {
        if (stage === 'denoise' && step === 1) abort.abort();
      },
    });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    await expect(tiny.pipeline.generate(base, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'cancelled',
    });
    expect((await one(base)).raster.data).toEqual(expected.raster.data);
  });

  it('keeps requests that overlap apart', async () => {
    const requests = [base, { ...base, seed: 11, clipSkip: 2 }, base];
    const [a, b, c] = await Promise.all(requests.map((request) => one(request)));
    expect(c!.raster.data).toEqual(a!.raster.data);
    expect(farthest(a!.raster, b!.raster)).toBeGreaterThan(0);
  });

  it('says what a request weighs', async () => {
    const estimate = await tiny.pipeline.estimateMemory({ ...base, poses: [person] });
    expect(estimate.weightBytes).toBeGreaterThan(estimate.largestGroupBytes);
    expect(estimate.activationBytes).toBeGreaterThan(0);
  });
});

describe('bad input', () => {
  const fails = (request: Record<string, unknown>, message: RegExp) =>
    expect(tiny.pipeline.generate({ ...base, ...request } as never)).rejects.toMatchObject({
      code: 'invalid-request',
      message: expect.stringMatching(message),
    });

  it('is refused in words, naming the field', async () => {
    await fails({ width: 72 }, /width must be a multiple of 16 .* got 72\. Set it to 64 or 80\./);
    await fails({ steps: 60, scheduler: 'lcm' }, /lcm takes 1 to 50 steps, got 60/);
    await fails({ scheduler: 'plms', spacing: 'karras' }, /plms knows the sigma spacing uniform/);
    await fails({ clipSkip: 4 }, /clipSkip must be at most 3/);
    await fails({ loras: [{ model: 'nobody' }] }, /No LoRA "nobody"/);
    await fails({ adapters: [{ model: 'depth' }] }, /"depth"; there are: pose/);
    await fails({ adapters: [{ kind: 'controlnet' }] }, /one of kind controlnet/);
    await fails({ bestOf: 4 }, /pose detector/);
    await fails({ sceduler: 'ddim' }, /no field "sceduler"\. Did you mean scheduler\?/);
  });

  it('in a picture is refused as such', async () => {
    const picture = Buffer.from('no picture').toString('base64');
    await expect(tiny.pipeline.generate({ ...base, image: { picture } })).rejects.toMatchObject({
      code: 'invalid-image',
      message: expect.stringMatching(/^image\.picture/),
    });
  });
});

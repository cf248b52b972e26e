import { describe, expect, it } from 'vitest';
import {
  denoise,
  guide,
  keepKnownRegion,
  noisedLatents,
  pictureNoise,
  type StepEvent,
  startStepOf,
} from '../../../packages/core/src/denoise/index.ts';
import {
  findScheduler,
  makeNoiseSchedule,
  type SamplerRun,
} from '../../../packages/core/src/scheduler/index.ts';
import { normalNoise } from '../../../packages/core/src/tensor/index.ts';

const schedule = makeNoiseSchedule({ kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 });
const size = 4 * 8 * 8;

const run = (changes: Partial<SamplerRun> = {}): SamplerRun => {
  const noise = pictureNoise(3, 1, size);
  return { schedule, steps: 5, spacing: 'uniform', latents: noise(), startStep: 0, noise, ...changes };
};

const halve = (latents: Float32Array) => latents.map((value) => 0.5 * value);

describe('denoise', () => {
  it('tells of each step, and returns the latents of the last', async () => {
    const steps: StepEvent[] = [];
    const calls: [timestep: number, stepIndex: number][] = [];
    const final = await denoise({
      scheduler: findScheduler('plms'),
      run: run(),
      predictNoise: async (latents, timestep, stepIndex) => {
        calls.push([timestep, stepIndex]);
        return halve(latents);
      },
      onStep: (step) => {
        steps.push(step);
      },
    });
    expect(steps.map((step) => step.stepIndex)).toEqual([0, 1, 2, 3, 4]);
    expect(calls).toEqual([
      [801, 0],
      [601, 0],
      [601, 1],
      [401, 2],
      [201, 3],
      [1, 4],
    ]);
    expect(final).toBe(steps[4].latents);
  });

  it('gives the same latents for the same seed, with fresh noise too', async () => {
    const once = () =>
      denoise({ scheduler: findScheduler('euler-ancestral'), run: run(), predictNoise: halve });
    expect(await once()).toEqual(await once());
  });

  it('goes on with what adjust makes of a step', async () => {
    const seen: Float32Array[] = [];
    const marked = new Float32Array(size).fill(1);
    const final = await denoise({
      scheduler: findScheduler('ddim'),
      run: run(),
      predictNoise: (latents) => {
        seen.push(latents);
        return halve(latents);
      },
      adjust: () => marked,
      onStep: ({ latents }) => expect(latents).toBe(marked),
    });
    expect(seen.slice(1).every((latents) => latents === marked)).toBe(true);
    expect(final).toBe(marked);
  });

  it('stops at the next call of the model when cancelled, and after the last step', async () => {
    for (const at of [0, 2, 4]) {
      const controller = new AbortController();
      let calls = 0;
      const running = denoise({
        scheduler: findScheduler('euler'),
        run: run(),
        predictNoise: (latents, _, stepIndex) => {
          calls++;
          if (stepIndex === at) controller.abort(new Error('enough'));
          return halve(latents);
        },
        signal: controller.signal,
      });
      await expect(running).rejects.toMatchObject({ code: 'cancelled' });
      expect(calls).toBe(at + 1);
    }
  });

  it('names the step at which a prediction is no number', async () => {
    const running = denoise({
      scheduler: findScheduler('ddim'),
      run: run(),
      predictNoise: (latents, _, stepIndex) => {
        const prediction = halve(latents);
        if (stepIndex === 3) prediction[17] = Number.NaN;
        return prediction;
      },
    });
    await expect(running).rejects.toMatchObject({
      code: 'device-wrong',
      message: expect.stringContaining('step 3'),
    });
  });

  it('hands on an error of the model as it is', async () => {
    const lost = new Error('lost');
    const running = denoise({
      scheduler: findScheduler('ddim'),
      run: run(),
      predictNoise: () => {
        throw lost;
      },
    });
    await expect(running).rejects.toBe(lost);
  });
});

describe('guide', () => {
  const uncond = Float32Array.of(1, 2, 3);
  const cond = Float32Array.of(2, 0, 3);

  it('is u + s (c - u)', () => {
    expect([...guide(uncond, cond, 7.5)]).toEqual([8.5, -13, 3]);
    expect([...guide(uncond, cond, 0)]).toEqual([1, 2, 3]);
  });

  it('returns the conditional prediction itself at scale 1, without the other', () => {
    expect(guide(undefined, cond, 1)).toBe(cond);
  });

  it('refuses a pair that does not fit', () => {
    expect(() => guide(undefined, cond, 2)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => guide(new Float32Array(2), cond, 2)).toThrowError(/3 values, got 2/);
  });
});

describe('pictureNoise', () => {
  it('draws picture i from seed + i, as if it were made alone', () => {
    const together = pictureNoise(40, 3, size);
    const alone = [40, 41, 42].map((seed) => normalNoise(seed));
    for (let draw = 0; draw < 3; draw++) {
      const noise = together();
      alone.forEach((source, i) => {
        expect(noise.subarray(i * size, (i + 1) * size)).toEqual(source(size));
      });
    }
  });
});

describe('startStepOf', () => {
  it('takes the last share of the steps that the strength says, and one at least', () => {
    expect(startStepOf(20, 1)).toBe(0);
    expect(startStepOf(20, 0.5)).toBe(10);
    expect(startStepOf(20, 0.29)).toBe(15);
    expect(startStepOf(20, 0)).toBe(19);
    expect(startStepOf(1, 0.2)).toBe(0);
    expect(() => startStepOf(20, 1.1)).toThrowError(expect.objectContaining({ code: 'invalid-request' }));
    expect(() => startStepOf(20, Number.NaN)).toThrowError(
      expect.objectContaining({ code: 'invalid-request' }),
    );
  });
});

describe('keepKnownRegion', () => {
  const original = normalNoise(1)(size);
  const noise = normalNoise(2)(size);
  const latents = normalNoise(3)(size);
  const cells = size / 4;

  it('keeps the original at the level reached where the mask is 0, and the latents where it is 1', () => {
    const mask = Float32Array.from({ length: cells }, (_, cell) => (cell % 3 === 0 ? 1 : 0));
    const blended = keepKnownRegion(latents, { original, noise, mask }, 0.4);
    const known = noisedLatents(original, noise, 0.4);
    blended.forEach((value, i) => {
      expect(value).toBe(mask[i % cells] ? latents[i] : known[i]);
    });
  });

  it('is the original to the bit at a level without noise', () => {
    const mask = new Float32Array(cells);
    expect(keepKnownRegion(latents, { original, noise, mask }, 1)).toEqual(original);
  });

  it('mixes where the mask is soft', () => {
    const mask = new Float32Array(cells).fill(0.25);
    const blended = keepKnownRegion(latents, { original, noise, mask }, 1);
    blended.forEach((value, i) => {
      expect(value).toBeCloseTo(0.25 * latents[i] + 0.75 * original[i], 6);
    });
  });

  it('refuses a mask that does not fit', () => {
    const mask = new Float32Array(cells - 1);
    expect(() => keepKnownRegion(latents, { original, noise, mask }, 1)).toThrowError(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});

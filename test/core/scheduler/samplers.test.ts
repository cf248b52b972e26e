import { describe, expect, it } from 'vitest';
import {
  findScheduler,
  makeNoiseSchedule,
  type SamplerEvent,
  type SamplerRun,
  type SchedulerName,
  schedulerNames,
  sigmaSpacings,
} from '../../../packages/core/src/scheduler/index.ts';
import { normalNoise } from '../../../packages/core/src/tensor/normal-noise.ts';

const schedule = makeNoiseSchedule({ kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 });
const size = 64;

const runOf = (changes: Partial<SamplerRun> = {}): SamplerRun => {
  const noise = normalNoise(1);
  return {
    schedule,
    steps: 8,
    spacing: 'uniform',
    latents: noise(size),
    startStep: 0,
    noise: () => noise(size),
    ...changes,
  };
};

/** Drives a sampler with a model; returns what it asked and where it ended. */
function drive(
  name: SchedulerName,
  run: SamplerRun,
  model: (latents: Float32Array, timestep: number) => Float32Array,
  hand: (step: SamplerEvent) => Float32Array = ({ latents }) => latents,
) {
  const sampling = findScheduler(name).sample(run);
  const events: SamplerEvent[] = [];
  let turn = sampling.next();
  while (!turn.done) {
    const event = turn.value;
    events.push(event);
    turn = sampling.next(event.kind === 'predict' ? model(event.latents, event.timestep) : hand(event));
  }
  return { events, final: turn.value };
}

const zero = (latents: Float32Array) => new Float32Array(latents.length);
const worst = (a: Float32Array, b: Float32Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

describe.each(schedulerNames)('the sampler %s', (name) => {
  const scheduler = findScheduler(name);

  it.each(scheduler.spacings)(
    '[S3] takes exactly as many steps as asked, falling in noise: %s',
    (spacing) => {
      for (const steps of [1, 2, 3, 6, 7, 10, 25, 50]) {
        const { timesteps, alphasCumprod } = scheduler.levels({ schedule, steps, spacing });
        expect(timesteps).toHaveLength(steps);
        expect(alphasCumprod).toHaveLength(steps + 1);
        for (let i = 0; i < steps; i++) expect(alphasCumprod[i + 1]).toBeGreaterThan(alphasCumprod[i]);
        const { events } = drive(name, runOf({ steps, spacing }), zero);
        const done = events.filter((event) => event.kind === 'step');
        expect(done.map((event) => event.stepIndex)).toEqual(Array.from({ length: steps }, (_, i) => i));
        const calls = events.filter((event) => event.kind === 'predict');
        expect(calls).toHaveLength(name === 'plms' ? steps + 1 : steps);
      }
    },
  );

  it('[S14] finds the original exactly when the model knows the noise', () => {
    // x = sqrt(a) x0 + sqrt(1 - a) e with the true e at each level: every sampler without fresh noise stays on that line.
    const original = normalNoise(7)(size).map((value) => 0.5 * value);
    const run = runOf({ eta: 0 });
    const { alphasCumprod } = scheduler.levels(run);
    const first = alphasCumprod[0];
    const latents = original.map(
      (value, i) => Math.sqrt(first) * value + Math.sqrt(1 - first) * run.latents[i],
    );
    let level = first;
    const sampling = scheduler.sample({ ...run, latents });
    let turn = sampling.next();
    while (!turn.done) {
      const event = turn.value;
      if (event.kind === 'predict') {
        // PLMS looks ahead once within its first step, at the next level.
        const a =
          name === 'plms' && event.stepIndex === 0 && event.latents !== latents ? alphasCumprod[1] : level;
        turn = sampling.next(
          event.latents.map((x, i) => (x - Math.sqrt(a) * original[i]) / Math.sqrt(1 - a)),
        );
      } else {
        // LCM's boundary condition keeps a trace of the latents: c_skip is 6e-6 at the least timestep called here.
        expect(worst(event.predictedOriginal, original)).toBeLessThan(name === 'lcm' ? 2e-4 : 2e-5);
        level = event.alphaCumprod;
        turn = sampling.next(event.latents);
      }
    }
    const kept = Math.sqrt(level);
    const finalOriginal = turn.value.map((x, i) => x - kept * original[i]);
    // What is left is the noise of the last level: none, or sqrt(1 - a_0) = 0.029 of it.
    const bound = level === 1 ? 2e-4 : 0.03 * 5;
    expect(Math.max(...finalOriginal.map(Math.abs))).toBeLessThan(bound);
  });

  it('[S15] a run that starts later walks the last levels of the whole run', () => {
    const whole = scheduler.levels(runOf());
    const { events } = drive(name, runOf({ startStep: 5 }), zero);
    const calls = events.filter((event) => event.kind === 'predict');
    expect([...new Set(calls.map((event) => event.timestep))]).toEqual(whole.timesteps.slice(5));
    expect(calls[0].stepIndex).toBe(5);
    expect(events.filter((event) => event.kind === 'step').map((event) => event.alphaCumprod)).toEqual(
      whole.alphasCumprod.slice(6),
    );
  });

  it('[S16] goes on with the latents it is handed after a step, and never writes to those it was given', () => {
    const run = runOf();
    const before = run.latents.slice();
    const sampling = scheduler.sample(run);
    const marked = new Float32Array(size).fill(0.25);
    let turn = sampling.next();
    while (!turn.done && turn.value.kind === 'predict') turn = sampling.next(zero(run.latents));
    turn = sampling.next(marked);
    expect(turn.value).toMatchObject({ kind: 'predict', latents: marked });
    expect(run.latents).toEqual(before);
  });

  it('[S16] keeps no trace of the states that it was handed others for', () => {
    const model = (latents: Float32Array, timestep: number) => latents.map((x) => Math.sin(x + timestep));
    // The longest memory, of PLMS, is of four predictions, and the last step leaves no trace of any state where it leads to no
    // noise: what the last but one makes is looked at.
    const handed = (stepIndex: number) => normalNoise(100 + stepIndex)(size);
    const [one, other] = [3, 4].map((seed) => {
      const run = runOf({ latents: normalNoise(seed)(size) });
      const { events } = drive(name, run, model, ({ stepIndex }) => handed(stepIndex));
      return events.find((event) => event.kind === 'step' && event.stepIndex === 6)!.latents;
    });
    expect(one).toEqual(other);
  });

  it('[S16] takes a copy of the latents for the same latents', () => {
    const model = (latents: Float32Array) => latents.map((x) => 0.9 * x);
    const plain = drive(name, runOf(), model);
    const copied = drive(name, runOf(), model, ({ latents }) => latents.slice());
    expect(copied.final).toEqual(plain.final);
  });

  it('[S19] refuses step counts, spacings and starts that make no sense', () => {
    const invalid = expect.objectContaining({ code: 'invalid-request' });
    for (const steps of [0, -1, 2.5, Number.NaN, 1001]) {
      expect(() => scheduler.levels({ schedule, steps, spacing: 'uniform' })).toThrowError(invalid);
    }
    for (const spacing of sigmaSpacings.filter((s) => !scheduler.spacings.includes(s))) {
      expect(() => scheduler.levels({ schedule, steps: 8, spacing })).toThrowError(invalid);
    }
    for (const startStep of [-1, 8, 0.5]) {
      expect(() => scheduler.sample(runOf({ startStep })).next()).toThrowError(invalid);
    }
  });
});

describe('fresh noise', () => {
  const draws = (name: SchedulerName, eta?: number) => {
    let count = 0;
    drive(
      name,
      runOf({
        noise: () => {
          count++;
          return new Float32Array(size);
        },
        ...(eta === undefined ? {} : { eta }),
      }),
      zero,
    );
    return count;
  };

  it('[S5] [S11] [S13] is drawn once a step where a sampler adds it, and never otherwise', () => {
    expect(draws('ddim')).toBe(0);
    expect(draws('ddim', 1)).toBe(8);
    expect(draws('euler-ancestral')).toBe(7);
    expect(draws('euler-ancestral', 0)).toBe(0);
    expect(draws('lcm')).toBe(7);
    for (const name of ['plms', 'dpm-solver++', 'dpmpp-2m', 'unipc', 'euler'] as const) {
      expect(draws(name, 1)).toBe(0);
    }
  });
});

describe('findScheduler', () => {
  it('refuses a name that is none, and says which there are', () => {
    for (const name of ['heun', '', 'toString', '__proto__']) {
      expect(() => findScheduler(name)).toThrowError(/ddim, plms, dpm-solver\+\+/);
    }
  });
});

import { describe, expect, it } from 'vitest';
import { ddimSigma, evenTimesteps, referenceTimesteps } from '../../../packages/core/src/scheduler/ddim.ts';
import {
  diffusionBufferNames,
  diffusionBuffers,
  findScheduler,
  makeNoiseSchedule,
} from '../../../packages/core/src/scheduler/index.ts';
import { referenceJson, referenceTensors } from '../../support/reference-set.ts';

const schedule = makeNoiseSchedule({ kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 });
const recorded = referenceTensors('09_schedule/schedule.safetensors');
const { step_counts_1_to_600: counts } = referenceJson<{
  step_counts_1_to_600: { raises: number[]; length_differs: Record<string, number> };
}>('09_schedule/schedule.json');

const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(actual, (value, i) => Math.abs(value - expected[i])));
};

describe('the noise schedule', () => {
  it('[S1] equals the reference: cumulative alphas to the bit, betas to the last places of fp64', () => {
    // torch.linspace fuses its multiply-add, which moves a root's last place, and squaring doubles that.
    const betas = recorded.get('betas_f64', 'F64').data;
    schedule.betas.forEach((beta, t) => {
      expect(Math.abs(beta / betas[t] - 1)).toBeLessThan(4 * Number.EPSILON);
    });
    expect(schedule.alphasCumprod).toEqual(recorded.get('buffer.alphas_cumprod', 'F32').data);
  });

  it.each(diffusionBufferNames)('[S2] a checkpoint buffer equals the reference to the bit: %s', (name) => {
    expect(diffusionBuffers(schedule)[name]).toEqual(recorded.get(`buffer.${name}`, 'F32').data);
  });
});

const recordedCounts = recorded.names
  .filter((name) => /^S\d+\.timesteps$/.test(name))
  .map((name) => Number(name.slice(1, -10)));

describe('DDIM against the reference', () => {
  it.each(recordedCounts)("[S4] timesteps and levels with the reference's own count: %i asked", (steps) => {
    const expected = [...recorded.get(`S${steps}.timesteps`, 'I64').data].map(Number).reverse();
    const levels = findScheduler('ddim').levels({ schedule, steps, spacing: 'uniform', exactSteps: false });
    expect(levels.timesteps).toEqual(expected);
    for (const eta of [0, 1]) {
      const get = (name: string) =>
        [...recorded.get(`S${steps}.eta${eta}.ddim_${name}`, 'F64').data].reverse();
      const before = levels.alphasCumprod.slice(0, -1);
      const after = levels.alphasCumprod.slice(1);
      expect(before).toEqual(get('alphas'));
      expect(after).toEqual(get('alphas_prev'));
      const sigmas = before.map((a, i) => ddimSigma(a, after[i], eta));
      // The reference rounds parts of it to fp32; sigma is at most 1.
      expect(worst(sigmas, get('sigmas'))).toBeLessThan(1e-6);
      expect(
        worst(
          before.map((a) => Math.sqrt(1 - a)),
          get('sqrt_one_minus_alphas'),
        ),
      ).toBeLessThan(1e-7);
    }
  });

  it("[S4] fails where the reference fails, and makes the reference's count elsewhere, 1 to 600", () => {
    for (let steps = 1; steps <= 600; steps++) {
      if (counts.raises.includes(steps)) {
        expect(() => referenceTimesteps(schedule, steps)).toThrowError(
          expect.objectContaining({ code: 'invalid-request' }),
        );
      } else {
        expect(referenceTimesteps(schedule, steps)).toHaveLength(counts.length_differs[steps] ?? steps);
      }
    }
  });

  it('[S3] makes exactly as many steps as asked, the same as the reference where that does too', () => {
    for (let steps = 1; steps <= 1000; steps++) {
      const timesteps = evenTimesteps(schedule, steps);
      expect(timesteps).toHaveLength(steps);
      expect(new Set(timesteps).size).toBe(steps);
      expect(Math.max(...timesteps)).toBeLessThan(1000);
      expect(Math.min(...timesteps)).toBe(steps === 1000 ? 0 : 1);
      const exactInReference =
        steps <= 600 && !counts.raises.includes(steps) && counts.length_differs[steps] === undefined;
      if (exactInReference) expect(timesteps).toEqual(referenceTimesteps(schedule, steps));
    }
  });
});

describe('DPM-Solver++ against the reference', () => {
  it('[S8] calls the model at the times of the reference', () => {
    const { dpm_solver } = referenceJson<{ dpm_solver: { steps: number; model_times: number[] } }>(
      '09_samplers/samplers.json',
    );
    const { timesteps } = findScheduler('dpm-solver++').levels({
      schedule,
      steps: dpm_solver.steps,
      spacing: 'uniform',
    });
    // The reference computes times in fp32: at 900 the last place is 6e-5.
    expect(worst(timesteps, dpm_solver.model_times)).toBeLessThan(7e-5);
  });
});

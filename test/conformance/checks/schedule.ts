import { StablePoseError } from '../../../packages/core/src/errors.ts';
import { ddimSigma } from '../../../packages/core/src/scheduler/ddim.ts';
import {
  diffusionBufferNames,
  diffusionBuffers,
  findScheduler,
} from '../../../packages/core/src/scheduler/index.ts';
import { type CheckGroup, compare, exactly, skip, worstDifference } from '../check.ts';
import { noiseScheduleOf } from '../noise-schedule-of.ts';

const file = '09_schedule/schedule.safetensors';

interface ScheduleFile {
  readonly step_counts_1_to_600: { raises: number[]; length_differs: Record<string, number> };
}

export const schedule: CheckGroup = {
  folder: '09_schedule',
  *run(reference) {
    const own = noiseScheduleOf(reference);
    const buffers = diffusionBuffers(own);
    const names = new Set(reference.names(file));
    for (const name of diffusionBufferNames) {
      if (!names.has(`buffer.${name}`)) continue;
      yield compare(`buffer ${name}`, buffers[name], reference.tensor(file, `buffer.${name}`).data, 0);
    }
    if (names.has('betas_f64')) {
      yield compare('betas in fp64', own.betas, reference.tensor(file, 'betas_f64').data, 1e-17);
    }
    yield skip('alphas_cumprod_f64', 'core keeps them in fp32, and those are checked to the bit');
    const ddim = findScheduler('ddim');
    const plan = { schedule: own, spacing: 'uniform', exactSteps: false } as const;
    for (const name of names) {
      const steps = Number(/^S(\d+)\.timesteps$/.exec(name)?.[1]);
      if (!steps) continue;
      const levels = ddim.levels({ ...plan, steps });
      const rising = (values: readonly number[]): number[] => [...values].reverse();
      yield compare(
        `${steps} steps: timesteps`,
        rising(levels.timesteps),
        reference.tensor(file, name).data,
        0,
      );
      for (const eta of [0, 1]) {
        const prefix = `S${steps}.eta${eta}.ddim_`;
        if (!names.has(`${prefix}alphas`)) continue;
        const before = levels.alphasCumprod.slice(0, -1);
        const after = levels.alphasCumprod.slice(1);
        const ours = {
          alphas: rising(before),
          alphas_prev: rising(after),
          sigmas: rising(before.map((a, i) => ddimSigma(a, after[i]!, eta))),
          sqrt_one_minus_alphas: rising(before.map((a) => Math.sqrt(1 - a))),
        };
        for (const [key, values] of Object.entries(ours)) {
          // Upstream takes roots of differences that it computed in fp32; one rounding of a value below 1.
          const tolerance = key === 'sqrt_one_minus_alphas' || key === 'sigmas' ? 2 ** -24 : 1e-12;
          const recorded = reference.tensor(file, prefix + key).data;
          yield compare(`${steps} steps, eta ${eta}: ${key}`, values, recorded, tolerance);
        }
      }
    }
    const recorded = reference.json<ScheduleFile>('09_schedule/schedule.json').step_counts_1_to_600;
    const raises: number[] = [];
    const differs: Record<string, number> = {};
    for (let steps = 1; steps <= 600; steps++) {
      try {
        const made = ddim.levels({ ...plan, steps }).timesteps.length;
        if (made !== steps) differs[steps] = made;
      } catch (error) {
        if (!StablePoseError.is(error)) throw error;
        raises.push(steps);
      }
    }
    yield exactly('step counts that the reference refuses', raises, recorded.raises);
    yield exactly('step counts that the reference changes', differs, recorded.length_differs);
    const exact = Array.from({ length: 600 }, (_, i) =>
      ddim.levels({ ...plan, exactSteps: true, steps: i + 1 }),
    );
    yield compare(
      'exact steps: as many as asked, 1 to 600',
      [
        worstDifference(
          exact.map(({ timesteps }) => timesteps.length),
          exact.map((_, i) => i + 1),
        ),
      ],
      [0],
      0,
    );
  },
};

import { dpmSolverMultistep } from './dpm-solver-multistep.ts';
import { checkPlan, levelsOfSpacing } from './noise-levels.ts';
import type { NoiseSchedule } from './noise-schedule.ts';
import type { Scheduler } from './scheduler.ts';

/** Below this many steps the released sampler ends with a first-order step. */
const fewSteps = 15;

/** a at a fractional timestep, by linear interpolation of ln sqrt(a), the released sampler's discrete schedule. */
function alphaCumprodAt({ alphasCumprod, timesteps }: NoiseSchedule, timestep: number): number {
  const low = Math.min(Math.floor(timestep), timesteps - 2);
  const share = timestep - low;
  return Math.exp((1 - share) * Math.log(alphasCumprod[low]) + share * Math.log(alphasCumprod[low + 1]));
}

/**
 * DPM-Solver++ 2M as its authors released it for Stable Diffusion and as the reference runs it [S8]: `steps + 1` levels
 * evenly spaced in continuous time from T - 1 to 0, the model called at the first `steps`; ends at the schedule's first
 * level; first order at the end of runs of fewer than 15 steps.
 */
export const dpmSolverPlusPlus: Scheduler = {
  name: 'dpm-solver++',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, dpmSolverPlusPlus);
    const { schedule, steps, spacing } = plan;
    if (spacing !== 'uniform') return levelsOfSpacing(schedule, steps, spacing, 'least-noise');
    const times = Array.from({ length: steps + 1 }, (_, i) => (schedule.timesteps - 1) * (1 - i / steps));
    return {
      timesteps: times.slice(0, steps),
      alphasCumprod: times.map((time) => alphaCumprodAt(schedule, time)),
    };
  },
  sample: (run) => dpmSolverMultistep(dpmSolverPlusPlus, run, (count) => count < fewSteps),
};

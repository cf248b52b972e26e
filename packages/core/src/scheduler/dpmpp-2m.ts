import { dpmSolverMultistep } from './dpm-solver-multistep.ts';
import { kDiffusionLevels } from './k-diffusion-levels.ts';
import { checkPlan } from './noise-levels.ts';
import type { Scheduler } from './scheduler.ts';

/** DPM++ 2M as k-diffusion's `sample_dpmpp_2m` runs it [S7, S9]: down to no noise at all, first order at the end. */
export const dpmpp2m: Scheduler = {
  name: 'dpmpp-2m',
  spacings: ['uniform', 'karras', 'exponential'],
  maxSteps: 1000,
  levels(plan) {
    checkPlan(plan, dpmpp2m);
    return kDiffusionLevels(plan);
  },
  sample: (run) => dpmSolverMultistep(dpmpp2m, run, () => true),
};

import { levelsOfSpacing, type NoiseLevels } from './noise-levels.ts';
import { alphaCumprodOf } from './noise-schedule.ts';
import type { StepPlan } from './scheduler.ts';
import { sigmaAtTimestep } from './sigma-spacing.ts';

/**
 * The levels of the samplers that follow k-diffusion [S9]: `steps` timesteps spread evenly over T - 1 .. 0 (fractional;
 * a single one is T - 1), or Karras or exponential sigmas; after the last step no noise is left.
 */
export function kDiffusionLevels({ schedule, steps, spacing }: StepPlan): NoiseLevels {
  if (spacing !== 'uniform') return levelsOfSpacing(schedule, steps, spacing, 'without-noise');
  const last = schedule.timesteps - 1;
  const timesteps = Array.from({ length: steps }, (_, i) =>
    steps === 1 ? last : last * (1 - i / (steps - 1)),
  );
  const alphasCumprod = timesteps.map((timestep) => alphaCumprodOf(sigmaAtTimestep(schedule, timestep)));
  return { timesteps, alphasCumprod: [...alphasCumprod, 1] };
}

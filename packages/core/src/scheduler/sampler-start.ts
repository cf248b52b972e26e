import { StablePoseError } from '../errors.ts';
import type { NoiseLevels } from './noise-levels.ts';
import type { SamplerRun, Scheduler } from './scheduler.ts';

/** Checks a run and returns its levels. @throws invalid-request */
export function samplerStart(scheduler: Scheduler, run: SamplerRun): NoiseLevels {
  const levels = scheduler.levels(run);
  const count = levels.timesteps.length;
  if (!Number.isInteger(run.startStep) || run.startStep < 0 || run.startStep >= count) {
    throw new StablePoseError(
      'invalid-request',
      `A run of ${count} steps can start at step 0 to ${count - 1}, got ${run.startStep}.`,
    );
  }
  return levels;
}

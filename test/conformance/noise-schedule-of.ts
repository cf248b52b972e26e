import { makeNoiseSchedule, type NoiseSchedule } from '../../packages/core/src/scheduler/index.ts';
import type { ReferenceFolder } from './reference-folder.ts';

/** The noise schedule of a reference set's small model. */
export function noiseScheduleOf(reference: ReferenceFolder): NoiseSchedule {
  const { linear_start, linear_end, timesteps } = reference.json<{
    linear_start: number;
    linear_end: number;
    timesteps: number;
  }>('model/config.json');
  return makeNoiseSchedule({ kind: 'scaled-linear', start: linear_start, end: linear_end, timesteps });
}

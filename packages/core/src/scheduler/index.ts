export {
  type DiffusionBufferName,
  type DiffusionBuffers,
  diffusionBufferNames,
  diffusionBuffers,
} from './diffusion-buffers.ts';
export { findScheduler } from './find-scheduler.ts';
export { predictOriginal, weightedSum } from './latents-arithmetic.ts';
export type { NoiseLevels } from './noise-levels.ts';
export {
  makeNoiseSchedule,
  type NoiseSchedule,
  type NoiseScheduleConfig,
  sigmaOf,
} from './noise-schedule.ts';
export {
  type SamplerEvent,
  type SamplerRun,
  type Sampling,
  type Scheduler,
  type SchedulerName,
  type StepPlan,
  schedulerNames,
} from './scheduler.ts';
export { type SigmaSpacing, sigmaSpacings } from './sigma-spacing.ts';

import type { GenerationStage } from '@stable-pose/core';
import type { EngineProgress } from './generation-engine.ts';

/** Where a picture's stages begin: the loop takes nearly all of the time. */
const stageStarts: Readonly<Record<GenerationStage, number>> = {
  load: 0,
  text: 0.02,
  pose: 0.03,
  encode: 0.04,
  denoise: 0.05,
  decode: 0.95,
  detail: 0.95,
  score: 0.98,
};
const loopShare = 0.9;

/**
 * How much of a request is done, 0 to 1, for a bar. Waiting and fetching count as nothing done. May step back where a
 * detail pass begins a loop of its own: whoever draws the bar keeps the largest.
 */
export function progressShare(progress: EngineProgress): number {
  if (progress.stage === 'wait' || progress.stage === 'fetch') return 0;
  const { picture, pictures, stage, step, steps } = progress;
  const loop = stage === 'denoise' && steps > 0 ? loopShare * (step / steps) : 0;
  return (picture - 1 + (stageStarts[stage] ?? 0) + loop) / pictures;
}

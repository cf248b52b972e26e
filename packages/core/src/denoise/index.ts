export { type DenoiseOptions, denoise, type StepEvent } from './denoise.ts';
export { guide } from './guidance.ts';
export { type GuidedLoss, guidedLoss } from './guided-loss.ts';
export { noisedLatents, startStepOf } from './initial-latents.ts';
export { type KnownRegion, keepKnownRegion } from './keep-known-region.ts';
export { pictureNoise } from './picture-noise.ts';
export {
  createPredictNoise,
  type PredictNoiseOptions,
  type PreparedAdapter,
  type TextConditioning,
} from './predict-noise.ts';
export { timestepEmbedding } from './timestep-embedding.ts';

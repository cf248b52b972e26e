export { checkAdapterFits } from './check-adapter-fits.ts';
export type { MemoryEstimate } from './estimate-memory.ts';
export { isPreviewStep } from './is-preview-step.ts';
export {
  createPipeline,
  type GeneratedPicture,
  type GenerateOptions,
  type GenerationResult,
  type Pipeline,
  type PipelineOptions,
} from './pipeline.ts';
export {
  type GenerationProgress,
  type GenerationStage,
  generationStages,
} from './progress-clock.ts';
export {
  type AdapterUse,
  type GenerationRequest,
  type GenerationRequestInput,
  generationRequestSchema,
  parseRequest,
  requestJsonSchema,
  requestVersion,
} from './request.ts';
export { type ResolvedAdapterUse, type ResolvedRequest, sizeMultiple } from './resolve-request.ts';
export type { PersonScore, PoseScore } from './score-picture.ts';

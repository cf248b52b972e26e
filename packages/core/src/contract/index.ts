export { type EyesGraph, type EyesNetworkSource, eyesGraphs } from './eyes-network.ts';
export {
  type AdapterPart,
  type AdapterSource,
  type BasePart,
  type CopiedWeight,
  type ExecutionProvider,
  type ExternalData,
  executionProviders,
  type GraphOptions,
  type GraphSource,
  type LearnedEmbedding,
  type ModelSource,
  type PartName,
  partNames,
  type TokenizerFiles,
} from './graphs.ts';
export {
  type AdapterConfig,
  adapterConfigSchema,
  type HintConfig,
  type ModelConfig,
  modelConfigSchema,
} from './model-config.ts';
export type { PoseNetworkSource } from './pose-network.ts';

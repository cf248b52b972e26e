export { type Accounting, accountFor, nearestName, refuseMismatch } from './account-for.ts';
export type { Checkpoint, TensorEntry } from './checkpoint.ts';
export { type DataType, dataTypes } from './data-type.ts';
export {
  type CheckpointPart,
  describeTensors,
  familyNames,
  type ModelFamily,
  refuseOtherFamilies,
  type TensorsDescription,
} from './describe-tensors.ts';
export type { CheckpointSummary } from './inspect-checkpoint.ts';
export {
  type MadeCheckpoint,
  type MakeRandomOptions,
  makeRandomCheckpoint,
  type NetworkSizes,
  type RandomLayout,
  randomLayouts,
} from './make-random-checkpoint.ts';
export {
  inspectCheckpoint,
  openAdapterCheckpoint,
  openCheckpoint,
  openStableDiffusion,
  openVae,
} from './on-disk.ts';
export type { AdapterKind } from './open-adapter-checkpoint.ts';
export type { OpenStableDiffusionOptions } from './open-stable-diffusion.ts';
export { blobAccess, bytesAccess, type RandomAccess } from './random-access.ts';
export { type OpenBeside, readCheckpoint } from './read-checkpoint.ts';
export { type Lora, type LoraBranch, readLora } from './read-lora.ts';
export { readTextualInversion, type TextualInversion } from './read-textual-inversion.ts';
export {
  readTfjsGraphModel,
  type TfjsAttribute,
  type TfjsEdge,
  type TfjsGraphModel,
  type TfjsGraphModelFiles,
  type TfjsNode,
  type TfjsWeight,
} from './tfjs-graph-model.ts';
export {
  fromAdapter,
  fromControlNet,
  fromDiffusersText,
  fromDiffusersUnet,
  fromSingleFile,
  fromT2iAdapter,
  fromVae,
  layoutPrefixes,
} from './upstream-layout.ts';

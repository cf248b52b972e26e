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
export { openCheckpoint } from './open-checkpoint.ts';
export {
  type OpenStableDiffusionOptions,
  openStableDiffusion,
  openStablePoseAdapter,
  openVae,
} from './open-stable-diffusion.ts';
export { blobAccess, bytesAccess, type RandomAccess } from './random-access.ts';
export { type OpenBeside, readCheckpoint } from './read-checkpoint.ts';
export {
  fromAdapter,
  fromDiffusersText,
  fromDiffusersUnet,
  fromSingleFile,
  fromVae,
  layoutPrefixes,
} from './upstream-layout.ts';

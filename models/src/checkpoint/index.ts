export type { Checkpoint, TensorEntry } from './checkpoint.ts';
export { type DataType, dataTypes } from './data-type.ts';
export { openCheckpoint } from './open-checkpoint.ts';
export { blobAccess, bytesAccess, type RandomAccess } from './random-access.ts';
export { type OpenBeside, readCheckpoint } from './read-checkpoint.ts';

export { type MoveNetFiles, openMoveNet } from './architectures/movenet.ts';
export type { CheckpointSummary } from './checkpoint/inspect-checkpoint.ts';
export { inspectCheckpoint } from './checkpoint/inspect-checkpoint.ts';
export { type GivenFile, givenFiles } from './files/given-files.ts';
export type { ModelFiles } from './files/model-files.ts';
export { type OpenAdapterOptions, openAdapter } from './open-adapter.ts';
export { openEyes } from './open-eyes.ts';
export { type OpenModelOptions, openModel } from './open-model.ts';

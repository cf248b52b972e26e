export { clipTextEncoderTensors } from './architectures/clip-text-encoder.ts';
export { type MoveNetFiles, openMoveNet } from './architectures/movenet.ts';
export { stableDiffusion1 } from './architectures/stable-diffusion-1.ts';
export { stablePoseAdapterTensors } from './architectures/stable-pose-adapter.ts';
export { unetTensors } from './architectures/unet.ts';
export { vaeTensors } from './architectures/vae.ts';
export {
  type Checkpoint,
  type CheckpointSummary,
  familyNames,
  inspectCheckpoint,
  type MadeCheckpoint,
  type MakeRandomOptions,
  makeRandomCheckpoint,
  openCheckpoint,
  type RandomLayout,
  randomLayouts,
} from './checkpoint/index.ts';
export { type ConvertOptions, type ConvertProgress, convert, defaultMinimumPsnr } from './convert/convert.ts';
export type { ModelManifest } from './convert/manifest.ts';
export { verifyConverted } from './convert/verify-converted.ts';
export {
  NumpyArray,
  readNpy,
  readNpz,
  type WrittenArray,
  type WrittenRecord,
  writeRecordsNpz,
} from './numpy/index.ts';
export { openAdapter, openEyes, openModel, readManifest } from './on-disk.ts';
export type { OpenAdapterOptions } from './open-adapter.ts';
export { type ClipSource, openClip } from './open-clip.ts';
export { type InceptionSource, openInception } from './open-inception.ts';
export type { OpenModelOptions } from './open-model.ts';

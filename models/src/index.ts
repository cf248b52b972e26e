export { clipTextEncoderTensors } from './architectures/clip-text-encoder.ts';
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
export { readManifest, verifyConverted } from './convert/converted-folder.ts';
export type { ModelManifest } from './convert/manifest.ts';
export { type OpenAdapterOptions, openAdapter } from './open-adapter.ts';
export { type OpenModelOptions, openModel } from './open-model.ts';

export { type Checkpoint, openCheckpoint } from './checkpoint/index.ts';
export { type ConvertOptions, type ConvertProgress, convert, defaultMinimumPsnr } from './convert/convert.ts';
export { readManifest, verifyConverted } from './convert/converted-folder.ts';
export type { ModelManifest } from './convert/manifest.ts';
export { type OpenAdapterOptions, openAdapter } from './open-adapter.ts';
export { type OpenModelOptions, openModel } from './open-model.ts';

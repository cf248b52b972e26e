export type { OrtBuild } from '@stable-pose/core/onnx-web';
export { createWebEngine, type WebEngineOptions, workerFromScript } from './create-web-engine.ts';
export type { FileOrUrl, FilesOrUrls, WebModel } from './fetch-given.ts';
export type { GivenAdapter, GivenDetector, GivenFiles, GivenModel } from './given-model.ts';
export { probeWebGpu } from './probe-web-gpu.ts';
export {
  openWebModelStore,
  type WebModelStore,
  type WebModelStoreOptions,
} from './store/web-model-store.ts';

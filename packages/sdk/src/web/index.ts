export type { OrtBuild } from '@stable-pose/core/onnx-web';
export { createWebEngine, type WebEngineOptions, workerFromScript } from './create-web-engine.ts';
export type { FileOrUrl, FilesOrUrls, WebModel } from './fetch-given.ts';
export type { GivenAdapter, GivenDetector, GivenFiles, GivenModel } from './given-model.ts';
export { isWebKit } from './is-web-kit.ts';
export { type CarriedEngineOptions, type CarriedFiles, openCarriedEngine } from './open-carried-engine.ts';
export { probeWebGpu } from './probe-web-gpu.ts';
export {
  openWebModelStore,
  type WebModelStore,
  type WebModelStoreOptions,
} from './store/web-model-store.ts';
export { unpackCarried } from './unpack-carried.ts';

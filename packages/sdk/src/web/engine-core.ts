import type {
  DetectedPerson,
  DetectOptions,
  GenerationRequest,
  GenerationResult,
  MatteOptions,
  Raster,
} from '@stable-pose/core';
import type { OrtBuild } from '@stable-pose/core/onnx-web';
import type { EngineModel, EngineProgress } from '../generation-engine.ts';
import type { GivenDetector, GivenEyes, GivenModel } from './given-model.ts';

/** How a core is started. Everything can be cloned into a worker. */
export interface CoreOptions {
  readonly device: 'webgpu' | 'wasm';
  readonly build?: OrtBuild;
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
  readonly threads?: number;
  readonly memoryBytes?: number;
  readonly partsInTurn?: boolean;
  readonly detector?: GivenDetector;
  readonly eyes?: GivenEyes;
}

export interface CoreRun {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EngineProgress) => void;
}

/**
 * What computes, in this thread or behind a worker: one device, and the models that were handed to it. It knows no queue and
 * no second try; the engine before it does. Closing it ends what is under way with `cancelled` or `device-lost`.
 */
export interface EngineCore {
  /** For people: "webgpu, apple metal-3". */
  readonly device: string;
  /** One of the same id is replaced. @throws as opening a model does */
  addModel(model: GivenModel): Promise<EngineModel>;
  removeModel(id: string): Promise<void>;
  /** @throws model-not-found, device-lost (the core is of no more use then), and what a pipeline throws */
  generate(model: string, request: GenerationRequest, run: CoreRun): Promise<GenerationResult>;
  /** @throws not-supported without a detector, invalid-image, invalid-pose, device-lost, cancelled */
  detectPose(picture: Raster, options: DetectOptions): Promise<readonly DetectedPerson[]>;
  /** @throws not-supported without eyes, invalid-image, device-lost, cancelled */
  matte(picture: Raster, options: MatteOptions): Promise<Raster>;
  close(): Promise<void>;
}

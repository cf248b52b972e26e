import type {
  DetectedPerson,
  DetectOptions,
  GenerationRequest,
  GenerationResult,
  Raster,
  StablePoseError,
} from '@stable-pose/core';
import type { EngineModel, EngineProgress } from '../generation-engine.ts';
import type { CoreOptions } from './engine-core.ts';
import type { GivenModel } from './given-model.ts';

/** What a worker is asked, by name: arguments, and what comes back. */
export interface WorkerCalls {
  /** Whether this worker has a graphics card that is one. */
  probe: { readonly args: undefined; readonly value: { readonly webgpu: 'hardware' | 'software' | 'none' } };
  start: { readonly args: CoreOptions; readonly value: { readonly device: string } };
  addModel: { readonly args: GivenModel; readonly value: EngineModel };
  removeModel: { readonly args: string; readonly value: undefined };
  generate: {
    readonly args: { readonly model: string; readonly request: GenerationRequest };
    readonly value: GenerationResult;
  };
  detectPose: {
    readonly args: { readonly picture: Raster; readonly options: Omit<DetectOptions, 'signal'> };
    readonly value: readonly DetectedPerson[];
  };
  matte: { readonly args: Raster; readonly value: Raster };
}
export type CallName = keyof WorkerCalls;

/** From the page to the worker. */
export type PageMessage =
  | {
      [Name in CallName]: {
        readonly type: 'call';
        readonly id: number;
        readonly name: Name;
        readonly args: WorkerCalls[Name]['args'];
      };
    }[CallName]
  | { readonly type: 'cancel'; readonly id: number };

/** From the worker to the page. `ready` comes once, by itself. */
export type WorkerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'progress'; readonly id: number; readonly progress: EngineProgress }
  | { readonly type: 'value'; readonly id: number; readonly value: WorkerCalls[CallName]['value'] }
  | { readonly type: 'error'; readonly id: number; readonly error: ReturnType<StablePoseError['toJSON']> };

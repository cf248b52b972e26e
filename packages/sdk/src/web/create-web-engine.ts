import { StablePoseError } from '@stable-pose/core';
import type { OrtBuild } from '@stable-pose/core/onnx-web';
import type { GenerationEngine } from '../generation-engine.ts';
import { type CoreChoice, chooseCore } from './choose-core.ts';
import { type FileOrUrl, fetchGiven, fetchModel, type WebModel } from './fetch-given.ts';
import type { WebModelStore } from './store/web-model-store.ts';
import { WebEngine } from './web-engine.ts';

export interface WebEngineOptions {
  /** The model, or several: the first is used when a request names none. May be left out where the store has one. */
  readonly model?: WebModel;
  readonly models?: readonly WebModel[];
  /** MoveNet's two files, with which poses are found in pictures. */
  readonly detector?: { readonly topology: FileOrUrl; readonly weights: FileOrUrl };
  /** The two files of the network that cuts people out: `config.json` and `eyes.safetensors`. */
  readonly eyes?: { readonly config: FileOrUrl; readonly weights: FileOrUrl };
  /** Where fetched models lie; every complete one can be asked for by its id. */
  readonly store?: WebModelStore;
  /** Default `auto`: WebGPU where there is a graphics card, else WASM. */
  readonly device?: 'auto' | 'webgpu' | 'wasm';
  /**
   * Whether inference runs in a worker, so that the page stays free. Default `auto`: a worker where one can be had and has
   * the device, else this thread. A function makes the worker: for bundles that carry its script themselves
   * ({@link workerFromScript}).
   */
  readonly worker?: 'auto' | boolean | (() => Worker);
  /** Which build of onnxruntime-web; left out: the smallest that does. Must be said with `wasmBinary`. */
  readonly build?: OrtBuild;
  /** Where the build's `.wasm` lies: a folder's URL with a slash at its end, or the file's. Left out: beside the script. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /** The build's `.wasm` itself, where nothing can be fetched. */
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
  /** Of WASM; more than one needs a cross-origin isolated page. Default: half of the cores there, at most 4. */
  readonly threads?: number;
  /** Bytes that models and pictures may take; left out: what the browser tells of the device. */
  readonly memoryBytes?: number;
  /** Load a model's parts one after the other. Left out: done where memory is short. */
  readonly partsInTurn?: boolean;
}

/**
 * An engine in this page. Starting it needs no network when everything is handed over, no storage and no worker: it runs in a
 * sandboxed frame. The device has proved itself and the models are open when this resolves.
 * @throws runtime-missing, device-unavailable, device-wrong, invalid-input, and what opening a model throws
 */
export async function createWebEngine(options: WebEngineOptions = {}): Promise<GenerationEngine> {
  const { model, models = [], detector, eyes, store, device = 'auto', worker = 'auto', ...rest } = options;
  if (rest.wasmBinary && !rest.build) {
    throw new StablePoseError(
      'invalid-input',
      'wasmBinary is of one build of onnxruntime-web: which is unknown.',
      {
        remedy: "Say it as build: 'wasm', 'webgpu' or 'jspi'.",
      },
    );
  }
  const { build, wasmBinary, threads, memoryBytes, partsInTurn } = rest;
  const given = await Promise.all([...(model ? [model] : []), ...models].map((one) => fetchModel(one)));
  const choice: CoreChoice = {
    device,
    makeWorker: worker === false ? undefined : typeof worker === 'function' ? worker : defaultWorker,
    mustBeWorker: worker === true || typeof worker === 'function',
    build,
    wasmPaths: absolutePaths(rest.wasmPaths),
    wasmBinary,
    threads,
    memoryBytes,
    partsInTurn,
    detector: detector && {
      topology: await fetchGiven(detector.topology),
      weights: await fetchGiven(detector.weights),
    },
    eyes: eyes && { config: await fetchGiven(eyes.config), weights: await fetchGiven(eyes.weights) },
  };
  const engine = new WebEngine({
    openCore: (signal) => chooseCore(choice, signal),
    models: given,
    store,
    canDetectPose: detector !== undefined,
    canMatte: eyes !== undefined,
  });
  try {
    await engine.start();
    return engine;
  } catch (error) {
    await engine.dispose();
    throw error;
  }
}

/** A worker out of a Blob has no place of its own that a path could start from. */
function absolutePaths(paths: WebEngineOptions['wasmPaths']): WebEngineOptions['wasmPaths'] {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  const absolute = (path: string) => (URL.canParse(path, base) ? new URL(path, base).href : path);
  if (typeof paths === 'string') return absolute(paths);
  return paths && Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, absolute(path)]));
}

/** Bundlers find the worker's file by these very words. */
function defaultWorker(): Worker {
  return new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module', name: 'stable-pose' });
}

/**
 * Makes workers of a script's text, for pages that are one file: {@link WebEngineOptions.worker}. The text is that of
 * `@stable-pose/sdk/web/worker.classic.js`, a classic script: module workers out of a Blob fail in sandboxed frames.
 */
export function workerFromScript(script: string | Blob): () => Worker {
  return () => {
    const blob = typeof script === 'string' ? new Blob([script], { type: 'text/javascript' }) : script;
    const url = URL.createObjectURL(blob);
    try {
      return new Worker(url, { name: 'stable-pose' });
    } finally {
      // The worker has its script once it says so; by then the URL has long been read.
      setTimeout(() => URL.revokeObjectURL(url), 60_000);
    }
  };
}

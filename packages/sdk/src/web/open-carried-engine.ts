import { StablePoseError } from '@stable-pose/core';
import { hasJspi } from '@stable-pose/core/onnx-web';
import type { GenerationEngine } from '../generation-engine.ts';
import { createWebEngine, type WebEngineOptions, workerFromScript } from './create-web-engine.ts';
import { isWebKit } from './is-web-kit.ts';
import { probeWebGpu } from './probe-web-gpu.ts';

/** Files that a page carries within itself or beside itself, by name: read one by one, when they are needed. */
export interface CarriedFiles {
  has(name: string): boolean;
  /** @throws model-not-found, invalid-input */
  read(name: string): Promise<Blob>;
}

export interface CarriedEngineOptions {
  /** Where models are fetched that are not carried: an address with a slash at its end. */
  readonly from?: string;
}

/** The model that needs no network, and its files. */
const figurine = 'figurine';
const figurineFiles = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'];

/**
 * The engine inside a page that may fetch nothing, with what the page carries: onnxruntime (`ort/wasm.wasm`, `ort/jspi.wasm`),
 * the worker's script (`engine.js`), the figurine, MoveNet and, where it is there, the
 * network that cuts people out (`eyes/`). WebGPU where this frame has a graphics card (workers of such
 * frames have none), else WASM in a worker, else WASM in the page itself. In WebKit never WebGPU: onnxruntime's use of it there
 * fills the memory of the machine (microsoft/onnxruntime#26827).
 * @throws device-unavailable, model-not-found, download-failed, and what opening a model throws
 */
export async function openCarriedEngine(
  files: CarriedFiles,
  { from }: CarriedEngineOptions = {},
): Promise<GenerationEngine> {
  /** Its bytes, or the address in a build that leaves models out. */
  const file = (name: string) =>
    from === undefined ? files.read(name) : Promise.resolve(new URL(name, from).href);
  const named = figurineFiles.map(async (name) => [name, await file(`${figurine}/${name}`)] as const);
  const given = {
    models: [{ id: figurine, files: Object.fromEntries(await Promise.all(named)) }],
    detector: {
      topology: await file('movenet/movenet-lightning.json'),
      weights: await file('movenet/movenet-lightning.bin'),
    },
    ...(files.has('eyes/eyes.safetensors')
      ? {
          eyes: {
            config: await files.read('eyes/config.json'),
            weights: await files.read('eyes/eyes.safetensors'),
          },
        }
      : {}),
  };
  const failures: unknown[] = [];
  for (const way of await waysOf(files)) {
    try {
      return await createWebEngine({ ...given, ...(await way()) });
    } catch (error) {
      failures.push(error);
    }
  }
  throw StablePoseError.from(failures[failures.length - 1], 'device-unavailable');
}

type Way = () => Promise<WebEngineOptions>;

async function waysOf(files: CarriedFiles): Promise<readonly Way[]> {
  const binary = async (name: string) => new Uint8Array(await (await files.read(name)).arrayBuffer());
  const ways: Way[] = [];
  if (files.has('ort/jspi.wasm') && hasJspi() && !isWebKit() && (await probeWebGpu()) === 'hardware') {
    ways.push(async () => ({
      device: 'webgpu',
      worker: false,
      build: 'jspi',
      wasmBinary: await binary('ort/jspi.wasm'),
    }));
  }
  const wasm = async () => ({
    device: 'wasm' as const,
    build: 'wasm' as const,
    wasmBinary: await binary('ort/wasm.wasm'),
  });
  ways.push(async () => {
    const script = await (await files.read('engine.js')).text();
    return { ...(await wasm()), worker: workerFromScript(script) };
  });
  ways.push(async () => ({ ...(await wasm()), worker: false }));
  return ways;
}

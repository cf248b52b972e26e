import type { GraphSource } from './contract/graphs.ts';
import { StablePoseError, throwIfCancelled } from './errors.ts';
import type { GraphRuntime } from './runtime/graph-runtime.ts';
import { OrtGraphRuntime } from './runtime/onnx/ort-graph-runtime.ts';
import type { OrtModule } from './runtime/onnx/ort-module.ts';
import { proveRuntime } from './runtime/onnx/prove-runtime.ts';
import { configureOrt, loadOrt, type OrtBuild, ortBuildFor } from './runtime/onnx/web/load-ort.ts';
import {
  adapterName,
  createWebGpuDevice,
  isSoftwareAdapter,
  type WebGpuAdapter,
  type WebGpuDevice,
  webGpuOfThread,
} from './runtime/onnx/web/web-gpu-device.ts';

export type { OrtModule } from './runtime/onnx/ort-module.ts';
export { hasJspi, loadOrt, type OrtBuild, ortBuildFor, ortBuilds } from './runtime/onnx/web/load-ort.ts';
export {
  adapterName,
  createWebGpuDevice,
  isSoftwareAdapter,
  type WebGpu,
  type WebGpuAdapter,
  type WebGpuDevice,
  webGpuOfThread,
} from './runtime/onnx/web/web-gpu-device.ts';

export interface WebRuntimeOptions {
  readonly provider: 'wasm' | 'webgpu';
  /** `onnxruntime-web`, in the build that the caller bundles; left out: imported. */
  readonly ort?: OrtModule;
  /** Which build is imported; left out: the smallest that has the provider in this browser. */
  readonly build?: OrtBuild;
  /** Where the build's `.wasm` lies: a folder's URL with a slash at its end, or the file's. Left out: beside the script. */
  readonly wasmPaths?: string | { readonly wasm?: string; readonly mjs?: string };
  /** The build's `.wasm` itself, where nothing can be fetched. */
  readonly wasmBinary?: ArrayBuffer | Uint8Array;
  /** Threads of the WASM build, only in a cross-origin isolated page. Default: half of the cores there, at most 4; else 1. */
  readonly threads?: number;
  /**
   * The WebGPU device, made by {@link createWebGpuDevice}; left out: one is made, and destroyed with the runtime.
   * onnxruntime's own device has the smallest limits, and on Vulkan its attention is wrong.
   */
  readonly device?: WebGpuDevice;
  readonly description?: string;
  /** Bytes that the runtime may use, for estimates before a start; left out: {@link pageMemory}. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
}

/** wasm32 addresses 4 GiB; some of it is the runtime's own, and an allocation needs room in one piece. */
const wasmMemory = 3.5 * 1024 ** 3;

/**
 * Bytes that a page may count on. WASM's heap ends at 4 GiB. Browsers tell the device's memory coarsely (2, 4, 8 GiB or
 * more) or not at all; half of it is taken to be ours.
 */
export function pageMemory(provider: 'wasm' | 'webgpu'): number | undefined {
  const gibibytes = (globalThis.navigator as { deviceMemory?: number } | undefined)?.deviceMemory;
  // 8 is the most that browsers tell: there may be much more.
  const half = gibibytes === undefined || gibibytes >= 8 ? undefined : (gibibytes / 2) * 1024 ** 3;
  return provider === 'wasm' ? Math.min(wasmMemory, half ?? wasmMemory) : half;
}

/**
 * A runtime on onnxruntime-web, in this very thread: put it in a worker where a page shall stay free. The device has proved
 * itself when this resolves: attention and a convolution against plain arithmetic. When the WebGPU device is lost,
 * everything rejects with `device-lost`, what is under way among it; make a new runtime then.
 * @throws runtime-missing, device-unavailable, device-wrong, cancelled
 */
export async function createWebRuntime(options: WebRuntimeOptions): Promise<GraphRuntime> {
  const { provider, signal } = options;
  throwIfCancelled(signal);
  const made = provider === 'webgpu' && !options.device ? await requestDevice() : undefined;
  const device = options.device ?? made?.device;
  try {
    const build = options.ort ? undefined : (options.build ?? ortBuildFor(provider));
    const ort = options.ort ?? (await loadOrt(build!));
    const threads = options.threads ?? defaultThreads();
    configureOrt(ort, build, { ...options, threads });
    const runtime = new OrtGraphRuntime({
      ort,
      provider,
      description: options.description ?? describe(provider, threads, made?.adapter),
      // Options are read from the object form only.
      executionProvider: provider === 'webgpu' && device ? { name: 'webgpu', device } : provider,
      keptOutputs: provider === 'webgpu' ? 'gpu-buffer' : 'cpu',
      placeExternalData,
      lost: provider === 'webgpu' ? device?.lost : undefined,
      memoryBytes: options.memoryBytes ?? pageMemory(provider),
      maxTensorBytes: bindingBytes(device),
    });
    await prove(runtime, provider === 'webgpu' && device !== undefined, signal);
    return made ? destroyingItsDevice(runtime, made.device) : runtime;
  } catch (error) {
    made?.device.destroy();
    const failure = StablePoseError.from(error, 'runtime-failed');
    if (failure.code !== 'runtime-failed' && failure.code !== 'device-lost') throw failure;
    throw unavailable(provider, failure.message, failure);
  }
}

async function requestDevice(): Promise<{
  readonly adapter: WebGpuAdapter;
  readonly device: WebGpuDevice;
}> {
  const gpu = webGpuOfThread();
  if (!gpu) {
    throw unavailable('webgpu', 'this browser, or this frame, or this worker, has no WebGPU.');
  }
  try {
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) return { adapter, device: await createWebGpuDevice(adapter) };
  } catch (cause) {
    throw unavailable('webgpu', (cause as Error).message, cause);
  }
  throw unavailable('webgpu', 'the browser offers no graphics card.');
}

/** Attention and convolution must be right; whether fused attention is, decides how graphs are written. */
async function prove(runtime: OrtGraphRuntime, isOwnDevice: boolean, signal?: AbortSignal): Promise<void> {
  if (!isOwnDevice) {
    await proveRuntime(runtime);
  } else {
    try {
      await proveRuntime(runtime, { fusedAttention: true });
      runtime.fusedAttention = true;
    } catch (error) {
      const { code, details } = StablePoseError.from(error);
      if (code !== 'device-wrong' || details.graph !== 'fusedAttention') throw error;
      await proveRuntime(runtime, { fusedAttention: false });
      runtime.fusedAttention = false;
    }
  }
  throwIfCancelled(signal);
}

function destroyingItsDevice(runtime: OrtGraphRuntime, device: WebGpuDevice): GraphRuntime {
  return {
    provider: runtime.provider,
    description: runtime.description,
    fusedAttention: runtime.fusedAttention,
    maxTensorBytes: runtime.maxTensorBytes,
    load: (source, options) => runtime.load(source, options),
    availableMemory: () => runtime.availableMemory(),
    async dispose() {
      await runtime.dispose();
      device.destroy();
    },
  };
}

function defaultThreads(): number {
  const page = globalThis as { crossOriginIsolated?: boolean };
  if (!page.crossOriginIsolated) return 1;
  return Math.min(4, Math.max(1, Math.floor((globalThis.navigator?.hardwareConcurrency ?? 1) / 2)));
}

function describe(provider: 'wasm' | 'webgpu', threads: number, adapter: WebGpuAdapter | undefined): string {
  if (provider === 'wasm') return `wasm, ${threads} thread${threads === 1 ? '' : 's'}`;
  if (!adapter) return 'webgpu';
  return `webgpu, ${adapterName(adapter)}${isSoftwareAdapter(adapter) ? ' (software)' : ''}`;
}

function bindingBytes(device: WebGpuDevice | undefined): number | undefined {
  return (device?.limits as { maxStorageBufferBindingSize?: number } | undefined)
    ?.maxStorageBufferBindingSize;
}

function unavailable(provider: string, why: string, cause?: unknown): StablePoseError {
  return new StablePoseError('device-unavailable', `The device ${provider} cannot be used: ${why}`, {
    remedy: provider === 'webgpu' ? 'Choose wasm.' : undefined,
    cause,
  });
}

async function placeExternalData(source: GraphSource): Promise<Readonly<Record<string, unknown>>> {
  if (source.externalData.length === 0) return {};
  return {
    externalData: source.externalData.map((data) => {
      if (data.kind === 'file') {
        throw new StablePoseError(
          'invalid-input',
          `The weights of ${source.name} are a file, which a page cannot open.`,
          {
            remedy: 'Hand them over as a Blob.',
          },
        );
      }
      return { path: data.location, data: data.kind === 'blob' ? data.blob : data.bytes };
    }),
  };
}

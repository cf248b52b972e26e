import type { GraphSource } from './contract/graphs.ts';
import { StablePoseError } from './errors.ts';
import type { GraphRuntime } from './runtime/graph-runtime.ts';
import { OrtGraphRuntime } from './runtime/onnx/ort-graph-runtime.ts';
import type { OrtModule } from './runtime/onnx/ort-module.ts';
import { proveRuntime } from './runtime/onnx/prove-runtime.ts';

export type { OrtModule } from './runtime/onnx/ort-module.ts';

export interface WebRuntimeOptions {
  /** `onnxruntime-web`, imported by the caller, who alone knows which build it bundles: `/wasm` or `/webgpu`. */
  readonly ort: OrtModule;
  readonly provider: 'wasm' | 'webgpu';
  /**
   * The WebGPU device, made by {@link createWebGpuDevice}. onnxruntime's own device has the smallest limits, and on Vulkan
   * its attention is wrong.
   */
  readonly device?: WebGpuDevice;
  readonly description?: string;
  readonly signal?: AbortSignal;
}

/** What is used of a `GPUAdapter`; stated here since WebGPU's types are neither in Node's nor in every browser library. */
export interface WebGpuAdapter {
  readonly features: Iterable<string>;
  /** Names and numbers, among other things. */
  readonly limits: object;
  requestDevice(description: object): Promise<WebGpuDevice>;
}

export interface WebGpuDevice {
  destroy(): void;
}

/**
 * A device with the adapter's own limits for buffers, and with `shader-f16` where there is one. Without `subgroups`:
 * onnxruntime 1.30's attention gives wrong results with them on Vulkan. Whoever makes it destroys it.
 */
export function createWebGpuDevice(adapter: WebGpuAdapter): Promise<WebGpuDevice> {
  const requiredLimits: Record<string, number> = {};
  const limits = adapter.limits as Readonly<Record<string, number>>;
  for (const name in limits) {
    if (/^max(Buffer|Storage|Compute)/.test(name)) requiredLimits[name] = limits[name];
  }
  const requiredFeatures = [...adapter.features].filter((feature) => feature === 'shader-f16');
  return adapter.requestDevice({ requiredFeatures, requiredLimits });
}

/**
 * A runtime on a build of onnxruntime-web that is passed in, in this very thread: put it in a worker where a page shall
 * stay free. The device has proved itself when this resolves.
 * @throws device-unavailable, device-wrong, cancelled
 */
export async function createWebRuntime(options: WebRuntimeOptions): Promise<GraphRuntime> {
  const { ort, provider, device } = options;
  const runtime = new OrtGraphRuntime({
    ort,
    provider,
    description: options.description ?? provider,
    // Options are read from the object form only.
    executionProvider: provider === 'webgpu' && device ? { name: 'webgpu', device } : provider,
    keptOutputs: provider === 'webgpu' ? 'gpu-buffer' : 'cpu',
    placeExternalData,
  });
  try {
    await proveRuntime(runtime);
    return runtime;
  } catch (error) {
    if (StablePoseError.is(error) && error.code !== 'runtime-failed') throw error;
    throw new StablePoseError(
      'device-unavailable',
      `The device ${provider} cannot be used: ${(error as Error).message}`,
      { remedy: provider === 'webgpu' ? 'Choose wasm.' : undefined, cause: error },
    );
  }
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

// Runs the reference's tiny model on the WebGPU build of onnxruntime-web over Dawn, in a process of its own, whose
// environment names the Vulkan driver. Arguments: the model, then the parts to compare. Prints { skipped: reason } or { errors: { part: relative rms error against the CPU } }.
import { openAsBlob } from 'node:fs';
import type { Graph, GraphRuntime } from '@stable-pose/core';
import type { BasePart, ExternalData, GraphSource } from '@stable-pose/core/contract';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import {
  createWebGpuDevice,
  createWebRuntime,
  type OrtModule,
  type WebGpuAdapter,
} from '@stable-pose/core/onnx-web';
import { float32, normalNoise, sizeOf, type Tensor, tensor } from '@stable-pose/core/tensor';
import { openAdapter, openModel } from '@stable-pose/models';

async function dawnAdapter(): Promise<WebGpuAdapter | null> {
  const { create, globals } = (await import('webgpu')) as unknown as {
    create(flags: string[]): { requestAdapter(): Promise<WebGpuAdapter | null> };
    globals: object;
  };
  Object.assign(globalThis, globals);
  const gpu = create([]);
  const navigator = { gpu, userAgent: 'node', hardwareConcurrency: 1 };
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return gpu.requestAdapter();
}

/** onnxruntime-web's heap is shared memory, views of which Dawn for Node refuses. */
function copySharedMemory(): void {
  type WriteBuffer = (
    buffer: object,
    at: number,
    data: ArrayBufferLike | ArrayBufferView,
    from?: number,
    size?: number,
  ) => void;
  const queue = (globalThis as unknown as { GPUQueue: { prototype: { writeBuffer: WriteBuffer } } }).GPUQueue;
  const { writeBuffer } = queue.prototype;
  queue.prototype.writeBuffer = function (buffer, at, data, from = 0, size) {
    const view = ArrayBuffer.isView(data) ? data : new Uint8Array(data);
    if (!(view.buffer instanceof SharedArrayBuffer))
      return writeBuffer.call(this, buffer, at, data, from, size);
    const unit = (view as Uint8Array).BYTES_PER_ELEMENT ?? 1;
    const length = size === undefined ? view.byteLength - from * unit : size * unit;
    const copy = Uint8Array.from(new Uint8Array(view.buffer, view.byteOffset + from * unit, length));
    return writeBuffer.call(this, buffer, at, copy);
  };
}

async function asBlobs(source: GraphSource): Promise<GraphSource> {
  const externalData: ExternalData[] = [];
  for (const data of source.externalData) {
    externalData.push(
      data.kind === 'file'
        ? { kind: 'blob', location: data.location, blob: await openAsBlob(data.path) }
        : data,
    );
  }
  return { ...source, externalData };
}

const noise = normalNoise(7);
const random = (...dims: number[]) => float32(dims, noise(sizeOf(dims)));

async function runBoth(
  cpu: GraphRuntime,
  gpu: GraphRuntime,
  open: (provider: 'cpu' | 'webgpu') => Promise<GraphSource>,
  inputs: Readonly<Record<string, Tensor>>,
): Promise<number> {
  const outputsOf = async (graph: Graph) => {
    const wanted = Object.fromEntries(
      graph.inputNames.map((name) => [name, inputs[name] ?? float32([1, 1, 1, 1])]),
    );
    const outputs = await graph.run(wanted);
    await graph.dispose();
    return outputs as Record<string, Tensor>;
  };
  const expected = await outputsOf(await cpu.load(await open('cpu')));
  const actual = await outputsOf(await gpu.load(await asBlobs(await open('webgpu'))));
  let error = 0;
  let size = 0;
  for (const [name, { data }] of Object.entries(expected)) {
    for (let i = 0; i < data.length; i++) {
      error += (data[i]! - actual[name]!.data[i]!) ** 2;
      size += data[i]! ** 2;
    }
  }
  return Math.sqrt(error / size);
}

async function compare(path: string, parts: readonly string[]) {
  const adapter = await dawnAdapter();
  if (!adapter) {
    return { skipped: 'Dawn finds no adapter' };
  }
  copySharedMemory();
  const ort = (await import('onnxruntime-web/webgpu')) as unknown as OrtModule & {
    env: { wasm: { numThreads: number } };
  };
  ort.env.wasm.numThreads = 1;
  const device = await createWebGpuDevice(adapter);
  const gpu = await createWebRuntime({ ort, provider: 'webgpu', device });
  const cpu = await createNodeRuntime({ device: 'cpu', threads: 1 });
  const model = await openModel({ path });
  const poser = await openAdapter({ path });
  const { text, unet, latents } = model.config;
  const side = 8;
  const tokens = (side / 2) ** 2;
  const common = {
    latents: random(2, unet.inputChannels, side, side),
    timestep_embedding: random(2, unet.timestepEmbeddingWidth),
    encoder_hidden_states: random(2, text.contextLength, text.width),
  };
  const kernels = poser.config.kind === 'stable-pose' ? poser.config.kernels.length : 0;
  const poseTokens = float32([kernels, 2, tokens]);
  poseTokens.data.fill(1, 0, tokens);
  for (let i = 0; i < poseTokens.data.length; i += 3) poseTokens.data[i] = 1;
  const picture = random(1, 3, 8 * side, 8 * side);
  const features = await (async () => {
    const graph = await cpu.load(await poser.graph('hint-encoder', { provider: 'cpu' }));
    const { pose_features } = await graph.run({ hint_image: picture });
    return pose_features as Tensor;
  })();

  const ids = tensor('int32', [1, text.contextLength], new Int32Array(text.contextLength).fill(text.endId));
  const openBase = (part: BasePart) => (provider: 'cpu' | 'webgpu') => model.graph(part, { provider });
  const comparisons: Readonly<Record<string, () => Promise<number>>> = {
    'text-encoder': () => runBoth(cpu, gpu, openBase('text-encoder'), { input_ids: ids }),
    'hint-encoder': () =>
      runBoth(cpu, gpu, (provider) => poser.graph('hint-encoder', { provider }), { hint_image: picture }),
    'vae-encoder': () => runBoth(cpu, gpu, openBase('vae-encoder'), { image: picture }),
    'vae-decoder': () =>
      runBoth(cpu, gpu, openBase('vae-decoder'), { latents: random(1, latents.channels, side, side) }),
    unet: () => runBoth(cpu, gpu, openBase('unet'), common),
    adapter: () =>
      runBoth(cpu, gpu, (provider) => poser.graph('adapter', { provider }), {
        ...common,
        pose_features: features,
        pose_tokens: poseTokens,
        strength: float32([1], Float32Array.of(1)),
      }),
  };
  const errors: Record<string, number> = {};
  for (const part of parts) errors[part] = await comparisons[part]!();
  return { errors };
}

// Without it the loop drains and every wait for the GPU blocks on a background compilation.
setInterval(() => {}, 20);
compare(process.argv[2]!, process.argv.slice(3)).then(
  (result) => {
    console.log(JSON.stringify(result));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  controlNet,
  controlNetHintEncoder,
  controlNetTensors,
  readControlNetConfig,
} from '../../../models/src/architectures/controlnet.ts';
import {
  controlNetBeside,
  stableDiffusion1,
  t2iAdapterBeside,
} from '../../../models/src/architectures/stable-diffusion-1.ts';
import {
  readT2iAdapterConfig,
  t2iAdapter,
  t2iAdapterTensors,
} from '../../../models/src/architectures/t2i-adapter.ts';
import type { TensorShapes } from '../../../models/src/architectures/tensor-shapes.ts';
import { unet } from '../../../models/src/architectures/unet.ts';
import { readUnetConfig } from '../../../models/src/architectures/unet-config.ts';
import {
  controlNetRenamer,
  t2iAdapterRenamer,
} from '../../../models/src/checkpoint/diffusers-adapter-keys.ts';
import { unetRenamer } from '../../../models/src/checkpoint/diffusers-unet-keys.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { timestepEmbedding } from '../../../packages/core/src/denoise/index.ts';
import { openSafetensors } from './open-safetensors.ts';
import { fed, fedFrom, worstDifference } from './reference.ts';
import { type Fed, type LoadedGraph, loadGraph, type Outputs, readJson } from './run-graph.ts';
import { shapesOf } from './tiny-model.ts';

/*
 * Made by test/golden/control-adapters.py with the diffusers library: an implementation that owes nothing to this one.
 * Outputs are of the order of one; both sides compute in fp32 and sum in other orders: 1e-5 is some hundred roundings.
 */
const within = 1e-5;
const golden = (name: string) => new URL(`../../golden/${name}`, import.meta.url).pathname;
const file = openSafetensors(golden('control-adapters.safetensors'));
const hints = { heads: { count: 2 }, normGroups: 4 };
const cpu = { forms: operatorForms('cpu') };

/** A network of the file under the names that graphs ask for. */
function network(prefix: string, to: string, renamerOf: typeof unetRenamer) {
  const keys = [...file.tensors.keys()].filter((key) => key.startsWith(prefix));
  const rename = renamerOf(keys.map((key) => key.slice(prefix.length)));
  const names = new Map(keys.map((key) => [to + (rename(key.slice(prefix.length)) ?? '?'), key]));
  return {
    tensors: new Map([...names].map(([name, key]) => [name, file.tensors.get(key)!])),
    read: (name: string) => file.read(names.get(name)!),
    readFloat32: (name: string) => file.readFloat32(names.get(name)!),
  };
}

const control = network('controlnet.', 'control_model.', controlNetRenamer);
const t2i = network('t2i.', '', t2iAdapterRenamer);
const base = network('unet.', 'model.diffusion_model.', unetRenamer);
const controlConfig = readControlNetConfig(shapesOf(control), 'control_model.', hints);
const t2iConfig = readT2iAdapterConfig(shapesOf(t2i), '');
const unetConfig = readUnetConfig(shapesOf(base), 'model.diffusion_model.', hints);

const input = (name: string): Fed => fedFrom(file, `in.${name}`);
const given = () => ({
  latents: input('latents'),
  encoder_hidden_states: input('context'),
  timestep_embedding: fed([2, 8], timestepEmbedding([321, 321], 8).data),
});
const strength = (value: number): Fed => fed([1], Float32Array.of(value));

describe('ControlNet and T2I-Adapter', () => {
  const graphs: LoadedGraph[] = [];
  const load = async (...loading: Parameters<typeof loadGraph>) => {
    const graph = await loadGraph(...loading);
    graphs.push(graph);
    return graph;
  };
  let features: Fed;
  let residuals: Outputs;
  let maps: Outputs;
  let run: (more: Readonly<Record<string, Fed>>) => Promise<Float32Array>;

  beforeAll(async () => {
    const hint = { hint_image: input('hint') };
    const encoder = await load(controlNetHintEncoder(controlConfig, cpu), { model: control });
    features = (await encoder.run(hint)).pose_features!;
    const step = await load(controlNet(controlConfig, cpu), { model: control });
    residuals = await step.run({ ...given(), pose_features: features, strength: strength(0.75) });
    const adapter = await load(t2iAdapter(t2iConfig, cpu), { model: t2i });
    maps = await adapter.run({ ...hint, strength: strength(0.5) });
    const network = await load(unet(unetConfig, cpu), { model: base });
    const zero = fed([1, 1, 1, 1], new Float32Array(1));
    const absent = Object.fromEntries(
      [...Object.keys(residuals), ...Object.keys(maps)].map((name) => [name, zero]),
    );
    run = async (more) => (await network.run({ ...absent, ...given(), ...more })).noise_prediction!.data;
  });
  afterAll(() => Promise.all(graphs.map((graph) => graph.release())));

  it('equal diffusers: hint features, residuals at a strength, feature maps at a strength', () => {
    expect(worstDifference(features.data, file.data('out.features'))).toBeLessThan(within);
    expect(Object.keys(residuals)).toEqual([
      'residual_0',
      'residual_1',
      'residual_2',
      'residual_3',
      'residual_4',
    ]);
    expect(Object.keys(maps)).toEqual(['encoder_residual_0', 'encoder_residual_1']);
    for (const [name, { dims, data }] of Object.entries({ ...residuals, ...maps })) {
      expect(dims, name).toEqual(file.tensors.get(`out.${name}`)!.shape);
      expect(worstDifference(data, file.data(`out.${name}`)), name).toBeLessThan(within);
    }
  });

  it('equal diffusers in what the UNet makes of them, alone and together', async () => {
    expect(worstDifference(await run({}), file.data('out.plain'))).toBeLessThan(within);
    expect(worstDifference(await run(residuals), file.data('out.controlnet'))).toBeLessThan(within);
    expect(worstDifference(await run(maps), file.data('out.t2i'))).toBeLessThan(within);
    expect(worstDifference(await run({ ...residuals, ...maps }), file.data('out.both'))).toBeLessThan(within);
  });

  it('equal it as written for WebGPU too, with attention in pieces', async () => {
    const forms = operatorForms('webgpu', { maxTensorBytes: 64 * 1024 });
    const step = await load(controlNet(controlConfig, { forms }), { model: control });
    const outputs = await step.run({ ...given(), pose_features: features, strength: strength(0.75) });
    const adapter = await load(t2iAdapter(t2iConfig, { forms }), { model: t2i });
    const drawn = await adapter.run({ hint_image: input('hint'), strength: strength(0.5) });
    for (const [name, { data }] of Object.entries({ ...outputs, ...drawn })) {
      expect(worstDifference(data, file.data(`out.${name}`)), name).toBeLessThan(within);
    }
  });

  it('have, from the published sizes, the names and shapes of the published files', () => {
    const published = readJson<Record<'controlnet' | 't2i', Record<string, number[]>>>(
      golden('published-adapters.json'),
    );
    const renamed = (shapes: Record<string, number[]>, rename: (key: string) => string | undefined) =>
      new Map(Object.entries(shapes).map(([key, shape]) => [rename(key) ?? `? ${key}`, shape]));
    const sorted = (shapes: TensorShapes) => [...shapes].map(([key, shape]) => `${key} [${shape}]`).sort();

    const control = controlNetBeside(stableDiffusion1.unet);
    const controlShapes = new Map(
      [...renamed(published.controlnet, controlNetRenamer(Object.keys(published.controlnet)))].map(
        ([key, shape]) => [`control_model.${key}`, shape],
      ),
    );
    expect(sorted(controlNetTensors(control))).toEqual(sorted(controlShapes));
    expect(readControlNetConfig(controlShapes, 'control_model.')).toEqual(control);
    // As in lllyasviel's files; the parameters of Stable Diffusion 1's ControlNet are 361,279,120.
    for (const [key, shape] of [
      ['control_model.input_hint_block.14.weight', [320, 256, 3, 3]],
      ['control_model.zero_convs.11.0.weight', [1280, 1280, 1, 1]],
      ['control_model.middle_block_out.0.bias', [1280]],
    ] as const) {
      expect(controlShapes.get(key), key).toEqual(shape);
    }

    const t2i = t2iAdapterBeside(stableDiffusion1.unet);
    const t2iShapes = renamed(published.t2i, t2iAdapterRenamer(Object.keys(published.t2i)));
    expect(sorted(t2iAdapterTensors(t2i))).toEqual(sorted(t2iShapes));
    expect(readT2iAdapterConfig(t2iShapes, '')).toEqual(t2i);
    expect(t2iShapes.get('conv_in.weight')).toEqual([320, 192, 3, 3]);
    expect(t2iShapes.get('body.2.in_conv.weight')).toEqual([640, 320, 1, 1]);
  });

  it('are read at other sizes: strided convolutions, larger kernels, levels of one width', () => {
    const strided = {
      ...t2iConfig,
      levels: [8, 8, 12],
      blocks: 3,
      kernel: 3,
      downsampling: 'convolution' as const,
    };
    expect(readT2iAdapterConfig(t2iAdapterTensors(strided), '')).toEqual(strided);
    const even = { ...t2iConfig, levels: [8, 8, 8] };
    expect(readT2iAdapterConfig(t2iAdapterTensors(even), '')).toEqual(even);
    const single = { ...even, blocks: 1 };
    expect(readT2iAdapterConfig(t2iAdapterTensors(single), '', { blocks: 1 })).toEqual(single);
  });
});

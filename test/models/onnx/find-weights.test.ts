import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { compileGraph } from '../../../models/src/onnx/compile-graph.ts';
import { GraphBuilder } from '../../../models/src/onnx/graph-builder.ts';
import { linear } from '../../../models/src/onnx/linear.ts';
import { operatorForms } from '../../../models/src/onnx/operator-forms.ts';
import { ScratchWeights } from '../../../models/src/onnx/scratch-weights.ts';
import type { WeightCheckpoint, WeightTensor } from '../../../models/src/onnx/weight-checkpoint.ts';
import { cutWeightFiles, locationsOf } from '../../../models/src/onnx/weight-places.ts';
import { encodeFloat16 } from '../../../packages/core/src/tensor/index.ts';
import { fed } from '../architectures/reference.ts';
import { loadModel } from '../architectures/run-graph.ts';

const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-weights-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const values = Float32Array.of(1, -2, 0.5, 4, 0.25, -8);
/** Writes bytes at an odd offset of a file of its own, and says where. */
function place(name: string, bytes: Uint8Array): WeightTensor['inPlace'] {
  const file = join(scratch, name);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, Buffer.concat([Buffer.alloc(71), bytes]));
  return { file, offset: 71, length: bytes.length };
}
const bytesOf = (data: Float32Array | Uint16Array) =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength);

function checkpoint(tensors: Record<string, WeightTensor>): WeightCheckpoint {
  return {
    tensors: new Map(Object.entries(tensors)),
    read: async () => bytesOf(encodeFloat16(values)),
    readFloat32: async () => values.slice(),
  };
}

const keys = ['f32', 'f16', 'bf16', 'f64', 'view'];

function layers() {
  const graph = new GraphBuilder('five', { forms: operatorForms('cpu'), strengths: true });
  const x = graph.input('x', 'float32', ['N', 3]);
  for (const key of keys) {
    graph.output(key, linear(graph, x, key, { from: 3, to: 2, bias: false }), ['N', 2]);
  }
  return graph.plan();
}

describe('findWeights', () => {
  const shape = [2, 3];
  const bfloat16 = Uint16Array.from(new Uint32Array(values.slice().buffer), (bits) => bits >>> 16);
  const float64 = new Uint8Array(Float64Array.from(values).buffer);
  const tensors = {
    'f32.weight': { dtype: 'f32', shape, inPlace: place('a/one.bin', bytesOf(values)) },
    'f16.weight': { dtype: 'f16', shape, inPlace: place('b/c/two.bin', bytesOf(encodeFloat16(values))) },
    'bf16.weight': { dtype: 'bf16', shape, inPlace: place('b/three.bin', bytesOf(bfloat16)) },
    'f64.weight': { dtype: 'f64', shape, inPlace: place('b/four.bin', float64) },
    'view.weight': { dtype: 'f16', shape },
  } as const;

  it('uses floats of any width where they lie, in files that lie apart; copies and lists the rest', async () => {
    const compiled = await compileGraph(layers(), { model: checkpoint(tensors) });
    expect(compiled.externalData.map(({ location, kind }) => [location, kind])).toEqual([
      ['a/one.bin', 'file'],
      ['b/c/two.bin', 'file'],
      ['b/three.bin', 'file'],
      ['b/four.bin', 'file'],
    ]);
    expect(compiled.copied).toEqual([
      { key: 'f16.weight', reason: 'f16, cast to float32 by the runtime', bytes: 24 },
      { key: 'bf16.weight', reason: 'bf16, cast to float32 by the runtime', bytes: 24 },
      { key: 'f64.weight', reason: 'f64, cast to float32 by the runtime', bytes: 24 },
      { key: 'view.weight', reason: 'not contiguous in its file', bytes: 24 },
    ]);
    expect(compiled.weightBytes).toBe(120);

    const graph = await loadModel(compiled.model, compiled.externalData);
    // `lora_strengths` is declared though no branch uses it.
    const outputs = await graph.run({
      x: fed([1, 3], Float32Array.of(1, 10, 100)),
      lora_strengths: fed([1], Float32Array.of(1)),
    });
    for (const key of keys) expect([...outputs[key]!.data], key).toEqual([31, -793.5]);
  });

  it('runs in the wasm build too', async () => {
    const { model, externalData } = await compileGraph(layers(), { model: checkpoint(tensors) });
    const ort = await import('onnxruntime-web');
    ort.env.wasm.numThreads = 1;
    const session = await ort.InferenceSession.create(model, {
      executionProviders: ['wasm'],
      externalData: externalData.map((data) => ({
        path: data.location,
        data: new Uint8Array(readFileSync(data.kind === 'file' ? data.path : '')),
      })),
    });
    const outputs = await session.run({
      x: new ort.Tensor('float32', Float32Array.of(1, 10, 100), [1, 3]),
      lora_strengths: new ort.Tensor('float32', Float32Array.of(1), [1]),
    });
    for (const key of keys) expect([...(outputs[key]!.data as Float32Array)], key).toEqual([31, -793.5]);
    await session.release();
  });

  it('puts copies that are too many for the graph into a scratch file, once, and removes it', async () => {
    const side = 4200; // 70 MB
    const big = new Float32Array(side * side).fill(1);
    let reads = 0;
    const model: WeightCheckpoint = {
      tensors: new Map([['big.weight', { dtype: 'f32', shape: [side, side] }]]),
      read: async () => bytesOf(big),
      async readFloat32() {
        reads += 1;
        return big;
      },
    };
    const graph = new GraphBuilder('big', { forms: operatorForms('cpu') });
    const x = graph.input('x', 'float32', ['N', side]);
    graph.output('y', linear(graph, x, 'big', { from: side, to: side, bias: false }), ['N', side]);
    const scratch = new ScratchWeights();
    const compiled = await compileGraph(graph.plan(), { model }, scratch);
    await compileGraph(graph.plan(), { model }, scratch);
    expect(reads).toBe(1);
    expect(compiled.model.length).toBeLessThan(10_000);
    const [data] = compiled.externalData;
    const path = data?.kind === 'file' ? data.path : '';
    expect(statSync(path).size).toBe(side * side * 4);
    const loaded = await loadModel(compiled.model, compiled.externalData);
    const { y } = await loaded.run({ x: fed([1, side], new Float32Array(side).fill(0.5)) });
    expect(y!.data[7]).toBe(side / 2);
    await loaded.release();
    await scratch.dispose();
    expect(existsSync(path)).toBe(false);
  });

  it('names every tensor that is missing or has another shape', async () => {
    const model = checkpoint({ 'f32.weight': { dtype: 'f32', shape: [3, 2] } });
    await expect(compileGraph(layers(), { model })).rejects.toMatchObject({
      code: 'tensor-mismatch',
      details: {
        missing: ['f16.weight', 'bf16.weight', 'f64.weight', 'view.weight'],
        misshaped: ['f32.weight [3,2] instead of [2,3]'],
      },
    });
  });
});

describe('locationsOf', () => {
  it('names files by their tails below the deepest common folder', () => {
    const locations = locationsOf(['/models/sd/unet/a.safetensors', '/models/loras/b.safetensors']);
    expect([...locations.values()]).toEqual(['sd/unet/a.safetensors', 'loras/b.safetensors']);
    expect([...locationsOf(['/models/a.ckpt']).values()]).toEqual(['a.ckpt']);
    expect([...locationsOf(['/a/x', '/b/y']).values()]).toEqual(['a/x', 'b/y']);
  });
});

describe('cutWeightFiles', () => {
  it('gives the ranges that are used, neighbours together, and nothing between far ones', () => {
    const ranges = [
      { file: 'a', offset: 1_000_000, length: 10 },
      { file: 'a', offset: 100, length: 50 },
      { file: 'a', offset: 160, length: 40 },
      { file: 'b', offset: 8, length: 4 },
    ];
    const cuts: unknown[] = [];
    const places = cutWeightFiles(ranges, (location, file, start, end) => {
      cuts.push([location, file, start, end]);
      return { location, kind: 'bytes', bytes: new Uint8Array() };
    });
    expect(cuts).toEqual([
      ['weights-0', 'a', 100, 200],
      ['weights-1', 'a', 1_000_000, 1_000_010],
      ['weights-2', 'b', 8, 12],
    ]);
    expect(places.locate({ file: 'a', offset: 160, length: 40 })).toEqual({
      location: 'weights-0',
      offset: 60,
    });
    expect(places.locate({ file: 'b', offset: 8, length: 4 })).toEqual({ location: 'weights-2', offset: 0 });
  });
});

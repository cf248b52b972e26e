import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openModel } from '../../../models/src/on-disk.ts';
import type { ModelSource } from '../../../packages/core/src/contract/index.ts';
import { decodeLatents, previewLatents } from '../../../packages/core/src/decode/index.ts';
import { encodePicture, latentsOfMoments } from '../../../packages/core/src/encode/index.ts';
import { createNodeRuntime } from '../../../packages/core/src/onnx-node.ts';
import type { Graph, GraphRuntime } from '../../../packages/core/src/runtime/index.ts';
import { float32 } from '../../../packages/core/src/tensor/index.ts';
import { tolerance, worstDifference } from '../../models/architectures/reference.ts';
import { referenceJson, referencePath, referenceTensors } from '../../support/reference-set.ts';

const recorded = referenceTensors('07_vae/vae.safetensors');
const tensorOf = (name: string) => {
  const { shape, data } = recorded.get(name, 'F32');
  return float32(shape, data);
};
const whole = { size: 768, overlap: 64 };
let runtime: GraphRuntime;
let model: ModelSource;
let encoder: Graph;
let decoder: Graph;

beforeAll(async () => {
  runtime = await createNodeRuntime({ device: 'cpu', threads: 1 });
  const config = referenceJson<Record<string, unknown>>('model/config.json');
  model = await openModel({ path: referencePath('model/tiny.safetensors'), config });
  encoder = await runtime.load(await model.graph('vae-encoder'));
  decoder = await runtime.load(await model.graph('vae-decoder'));
});
afterAll(async () => {
  await model?.dispose();
  await runtime?.dispose();
});

describe('the VAE', () => {
  it('sees in a picture what the reference sees, as mean or as a sample', async () => {
    const config = model.config.latents;
    const moments = await encodePicture(encoder, tensorOf('image'), { config, tiling: whole });
    expect(moments.dims).toEqual([1, 8, 12, 16]);
    const size = moments.data.length / 2;
    const expected = tensorOf('moments').data.subarray(0, size);
    expect(worstDifference(moments.data.subarray(0, size), expected)).toBeLessThan(
      tolerance('07.mode', '07 mean'),
    );
    const sampled = latentsOfMoments(moments, config.scale, tensorOf('noise').data);
    expect(worstDifference(sampled.data, tensorOf('sample_scaled').data)).toBeLessThan(
      config.scale * tolerance('07.mode', '07 sample'),
    );
    const mean = latentsOfMoments(moments, config.scale);
    expect(mean.data[5]).toBeCloseTo(config.scale * moments.data[5]!, 6);
  });

  it('turns latents into the colours of the reference', async () => {
    const config = model.config.latents;
    const decoded = await decodeLatents(decoder, tensorOf('latent_scaled'), { config, tiling: whole });
    const expected = tensorOf('decoded_from_scaled');
    expect(decoded.dims).toEqual(expected.dims);
    expect(worstDifference(decoded.data, expected.data)).toBeLessThan(
      tolerance('07.decode', '07 dec scaled'),
    );
  });

  it('in tiles covers every pixel, seamless where tiles agree', async () => {
    const config = model.config.latents;
    const flat = float32([1, 4, 16, 24], new Float32Array(4 * 16 * 24).fill(0.1));
    const tiling = { size: 96, overlap: 64 };
    const tiled = await decodeLatents(decoder, flat, { config, tiling });
    expect(tiled.dims).toEqual([1, 3, 128, 192]);
    expect(tiled.data.every(Number.isFinite)).toBe(true);
    const moments = await encodePicture(encoder, tiled, { config, tiling });
    expect(moments.dims).toEqual([1, 8, 16, 24]);
    expect(moments.data.every(Number.isFinite)).toBe(true);
  });
});

describe('previewLatents', () => {
  it('is the linear map, cut to bytes', () => {
    const latents = float32([1, 2, 1, 2], Float32Array.of(1, -4, 0.5, 0));
    const map = {
      matrix: [
        [0.5, 0, 1],
        [0, 1, 0],
      ] as [number, number, number][],
      bias: [0, 0, -1] as [number, number, number],
    };
    expect([...previewLatents(latents, map).data]).toEqual([191, 191, 128, 0, 128, 0]);
  });
});

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { NetworkSizes, RandomLayout } from '../../models/src/checkpoint/make-random-checkpoint.ts';
import { makeRandomCheckpoint } from '../../models/src/checkpoint/make-random-checkpoint.ts';
import { openStableDiffusion } from '../../models/src/checkpoint/on-disk.ts';
import { writeSafetensors } from '../../models/src/convert/write-safetensors.ts';
import { openAdapter, openModel } from '../../models/src/on-disk.ts';
import { fed, worstDifference } from './architectures/reference.ts';
import { type Fed, loadModel } from './architectures/run-graph.ts';
import { tinyAdapter, tinyText, tinyUnet, tinyVae } from './architectures/tiny-model.ts';

// Dozens of sessions: slow where other programs hold the cores.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-layouts-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const sizes: NetworkSizes = { unet: tinyUnet, adapter: tinyAdapter, vae: tinyVae, text: tinyText };
/** What the tensors do not tell of these sizes; heads of CLIP and of the UNet differ from the published ones. */
const config = {
  unet_config: { params: { num_heads: 4 } },
  control_config: { params: { num_heads: 4 } },
  cond_stage_config: { heads: 4 },
};

const makeIt = async (layout: RandomLayout, name: string, more: object = {}): Promise<string> => {
  const out = join(scratch, name);
  await makeRandomCheckpoint({ layout, out, seed: 5, config: sizes, ...more });
  return out;
};

const wave = (length: number) => Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7));
const latents: Fed = fed([1, 4, 8, 8], wave(256));
const ids: Fed = fed([1, 8], Int32Array.of(998, 1, 2, 3, 4, 5, 6, 999));

async function outputsOf(
  source: Awaited<ReturnType<Awaited<ReturnType<typeof openModel>>['graph']>>,
  inputs: Record<string, Fed>,
) {
  const graph = await loadModel(source.model, source.externalData);
  const outputs = await graph.run(inputs);
  await graph.release();
  return outputs;
}

async function decodeAndEncode(path: string, options: object) {
  const model = await openModel({ path, ...options });
  const { image } = await outputsOf(await model.graph('vae-decoder'), { latents });
  const { text_embedding: embedding } = await outputsOf(await model.graph('text-encoder'), {
    input_ids: ids,
  });
  await model.dispose();
  return { image: image!.data, embedding: embedding!.data, config: model.config };
}

describe('published layouts, in small', () => {
  it('a torch file, and a safetensors file of the same tensors, give the same', async () => {
    const ckpt = await decodeAndEncode(await makeIt('stable-diffusion-ckpt', 'sd.ckpt'), { config });
    const path = await makeIt('stable-diffusion-safetensors', 'sd.safetensors');
    const safetensors = await decodeAndEncode(path, { config });
    expect(worstDifference(safetensors.image, ckpt.image)).toBe(0);
    expect(worstDifference(safetensors.embedding, ckpt.embedding)).toBe(0);
  });

  it('a diffusers folder says its heads itself, and gives what its tensors in one file give', async () => {
    const path = await makeIt('diffusers', 'folder');
    const folder = await decodeAndEncode(path, {});
    const tensors = await openStableDiffusion(path);
    const file = join(scratch, 'one-file.safetensors');
    await writeSafetensors(file, tensors, { keys: [...tensors.tensors.keys()], precision: 'fp32' });
    await tensors.close();
    const single = await decodeAndEncode(file, { config });
    expect(worstDifference(folder.image, single.image)).toBe(0);
    expect(worstDifference(folder.embedding, single.embedding)).toBe(0);
    expect(folder.config.unet).toEqual(single.config.unet);
    expect(folder.config.schedule).toEqual(single.config.schedule);
  });

  it.each(['f16', 'bf16'] as const)(
    '%s weights are cast by the runtime and near the float32 ones',
    async (dtype) => {
      const half = await decodeAndEncode(
        await makeIt('stable-diffusion-safetensors', `${dtype}.safetensors`, { dtype }),
        { config },
      );
      const whole = await decodeAndEncode(join(scratch, 'sd.safetensors'), { config });
      // bfloat16 keeps 8 bits of a weight, float16 11; outputs are of the order of one.
      expect(worstDifference(half.image, whole.image)).toBeLessThan(dtype === 'f16' ? 0.01 : 0.08);
    },
  );

  it('an inpainting checkpoint has nine input channels', async () => {
    const path = await makeIt('stable-diffusion-inpainting-ckpt', 'inpainting.ckpt');
    const model = await openModel({ path, config });
    expect(model.config.unet.inputChannels).toBe(9);
    const zero = fed([1, 1, 1, 1], new Float32Array(1));
    const residuals = Object.fromEntries(
      [
        ...Array.from({ length: 5 }, (_, i) => `residual_${i}`),
        'encoder_residual_0',
        'encoder_residual_1',
      ].map((name) => [name, zero]),
    );
    const { noise_prediction: eps } = await outputsOf(await model.graph('unet'), {
      latents: fed([1, 9, 8, 8], wave(576)),
      timestep_embedding: fed([1, 32], wave(32)),
      encoder_hidden_states: fed([1, 77, 48], wave(77 * 48)),
      ...residuals,
    });
    expect(eps!.dims).toEqual([1, 4, 8, 8]);
    await model.dispose();
  });

  it("Stable-Pose's own checkpoint holds base model and adapter; the adapter alone is an adapter and no model", async () => {
    const whole = await makeIt('stable-pose-ckpt', 'pose.ckpt');
    const model = await openModel({ path: whole, config });
    expect(model.warnings?.some((warning) => warning.includes('not known'))).toBe(false);
    const adapter = await openAdapter({ path: whole, config });
    expect(adapter.config).toMatchObject({ kind: 'stable-pose', kernels: [23, 13], sigma: 3 });
    const source = await adapter.graph('adapter');
    expect(source.externalData).toEqual([{ kind: 'file', location: 'pose.ckpt', path: whole }]);
    const alone = await makeIt('stable-pose-adapter-safetensors', 'adapter.safetensors');
    const second = await openAdapter({ path: alone, config });
    const hint = { hint_image: fed([1, 3, 64, 64], wave(3 * 4096)) };
    const a = await outputsOf(await adapter.graph('hint-encoder'), hint);
    const b = await outputsOf(await second.graph('hint-encoder'), hint);
    expect(worstDifference(a.pose_features!.data, b.pose_features!.data)).toBe(0);
    await expect(openModel({ path: alone, config })).rejects.toMatchObject({
      code: 'architecture-unsupported',
    });
    await Promise.all([model.dispose(), adapter.dispose(), second.dispose()]);
  });

  it('LoRAs and embeddings in both layouts open', async () => {
    const loras = [
      { path: await makeIt('lora-kohya', 'kohya.safetensors') },
      { path: await makeIt('lora-diffusers', 'diffusers.safetensors'), name: 'second' },
    ];
    const embeddings = [
      { path: await makeIt('textual-inversion-pt', 'word.pt') },
      { path: await makeIt('textual-inversion-safetensors', 'other.safetensors'), token: '<other>' },
    ];
    const model = await openModel({
      path: join(scratch, 'sd.ckpt'),
      config,
      loras,
      embeddings,
      vae: await makeIt('vae-safetensors', 'vae.safetensors'),
    });
    expect(model.loras).toEqual(['kohya', 'second']);
    expect(model.embeddings).toHaveLength(2);
    const source = await model.graph('text-encoder', { loras: ['kohya', 'second'], extraEmbeddings: true });
    const { text_embedding: embedding } = await outputsOf(source, {
      input_ids: fed([1, 3], Int32Array.of(998, 1000, 999)),
      lora_strengths: fed([2], Float32Array.of(0.5, 0.25)),
      extra_embeddings: fed([1, 48], wave(48)),
    });
    expect(embedding!.data.every(Number.isFinite)).toBe(true);
    await model.dispose();
  });
});

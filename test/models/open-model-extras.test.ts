import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openModel } from '../../models/src/on-disk.ts';
import {
  fed,
  fedFrom,
  referencePath,
  referenceTensors,
  tolerance,
  worstDifference,
} from './architectures/reference.ts';
import { loadModel } from './architectures/run-graph.ts';
import { tiny } from './architectures/tiny-model.ts';
import { type GivenTensor, writeTensors } from './write-tensors.ts';

// Dozens of sessions: slow where other programs hold the cores.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 400_000 });

const scratch = mkdtempSync(join(tmpdir(), 'stable-pose-extras-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const path = referencePath('model/tiny.safetensors');
const config = referencePath('model/config.json');
const text = referenceTensors('08_clip/clip.safetensors');
const vae = referenceTensors('07_vae/vae.safetensors');
const step = referenceTensors('05_adapter/adapter.safetensors');
const wave = (length: number, phase: number, size = 0.3) =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * 1.7 + phase) * size);

const unetInputs = {
  latents: fed([2, 4, 16, 16], wave(2 * 4 * 256, 1, 1)),
  timestep_embedding: fed([2, 32], wave(64, 2, 1)),
  encoder_hidden_states: fedFrom(step, 'context'),
  ...Object.fromEntries(
    [
      'residual_0',
      'residual_1',
      'residual_2',
      'residual_3',
      'residual_4',
      'encoder_residual_0',
      'encoder_residual_1',
    ].map((name) => [name, fed([1, 1, 1, 1], new Float32Array(1))]),
  ),
};

describe('a LoRA', () => {
  // A matrix of the UNet, a convolution, a 1x1 convolution, and a matrix of the text encoder, named as kohya-ss does.
  const targets = {
    lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k:
      'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight',
    lora_unet_down_blocks_0_downsamplers_0_conv: 'model.diffusion_model.input_blocks.2.0.op.weight',
    lora_unet_mid_block_attentions_0_proj_in: 'model.diffusion_model.middle_block.1.proj_in.weight',
    lora_te_text_model_encoder_layers_1_self_attn_q_proj:
      'cond_stage_model.transformer.text_model.encoder.layers.1.self_attn.q_proj.weight',
  };
  const rank = 2;
  const alpha = 1;
  const strength = 0.8;
  const lora: Record<string, GivenTensor> = {};
  const merged: Record<string, GivenTensor> = {};
  for (const [key, { shape }] of tiny.tensors) {
    if (key.includes('.')) merged[key] = { shape, data: tiny.data(key) };
  }
  Object.entries(targets).forEach(([name, key], index) => {
    const [out, from, ...kernel] = merged[key]!.shape as [number, number, ...number[]];
    const inner = kernel.reduce((a, b) => a * b, from);
    const [down, up] = [wave(rank * inner, index), wave(out * rank, index + 7)];
    lora[`${name}.lora_down.weight`] = { shape: [rank, from, ...kernel], data: down };
    lora[`${name}.lora_up.weight`] = { shape: [out, rank, ...kernel.map(() => 1)], data: up };
    lora[`${name}.alpha`] = { shape: [], data: Float32Array.of(alpha) };
    const data = merged[key]!.data.slice();
    for (let o = 0; o < out; o += 1) {
      for (let i = 0; i < inner; i += 1) {
        for (let r = 0; r < rank; r += 1) {
          data[o * inner + i]! += strength * (alpha / rank) * up[o * rank + r]! * down[r * inner + i]!;
        }
      }
    }
    merged[key] = { ...merged[key]!, data };
  });

  beforeAll(async () => {
    await writeTensors(join(scratch, 'style.safetensors'), lora);
    await writeTensors(join(scratch, 'merged.safetensors'), merged);
  });

  it('built in at a strength gives what the merged weights give; at strength 0 and left out, the model itself', async () => {
    const model = await openModel({ path, config, loras: [{ path: join(scratch, 'style.safetensors') }] });
    const expected = await openModel({ path: join(scratch, 'merged.safetensors'), config });
    expect(model.loras).toEqual(['style']);
    const ids = fed([1, 77], Int32Array.from(text.data('ids').subarray(0, 77)));
    for (const [part, inputs, within] of [
      ['unet', unetInputs, tolerance('06.plain', '06 plain')],
      ['text-encoder', { input_ids: ids }, tolerance('08.clip', '08 clip')],
    ] as const) {
      const run = async (from: typeof model, loras: readonly string[], at?: number) => {
        const source = await from.graph(part, { loras });
        const graph = await loadModel(source.model, source.externalData);
        const outputs = await graph.run({
          ...inputs,
          ...(at === undefined ? {} : { lora_strengths: fed([1], Float32Array.of(at)) }),
        });
        await graph.release();
        return Object.values(outputs)[0]!.data;
      };
      const plain = await run(model, []);
      expect(worstDifference(await run(model, ['style'], strength), await run(expected, []))).toBeLessThan(
        within,
      );
      expect(worstDifference(await run(model, ['style'], 0), plain)).toBeLessThan(within);
      expect(worstDifference(await run(model, ['style'], strength), plain)).toBeGreaterThan(100 * within);
    }
    await expect(model.graph('unet', { loras: ['other'] })).rejects.toMatchObject({
      code: 'invalid-request',
    });
    await model.dispose();
    await expected.dispose();
  });
});

describe('openModel', () => {
  it("takes a torch checkpoint's tensors from where they lie in its zip", async () => {
    const file = join(scratch, 'tiny_sd.ckpt');
    cpSync(referencePath('model/tiny_sd.ckpt'), file);
    const model = await openModel({ path: file, config });
    const source = await model.graph('vae-decoder');
    expect(source.externalData).toEqual([{ location: 'tiny_sd.ckpt', kind: 'file', path: file }]);
    expect(source.copied).toEqual([]);
    const graph = await loadModel(source.model, source.externalData);
    const { image } = await graph.run({ latents: fedFrom(vae, 'z') });
    expect(worstDifference(image!.data, vae.data('decoded'))).toBeLessThan(tolerance('07.decode', '07 dec'));
    await model.dispose();
  });

  it("takes a VAE of one's own, under its plain names", async () => {
    const own: Record<string, GivenTensor> = {};
    for (const [key, { shape }] of tiny.tensors) {
      if (!key.startsWith('first_stage_model.')) continue;
      const name = key.slice('first_stage_model.'.length);
      const data = tiny.data(key).slice();
      if (name === 'decoder.conv_out.bias') data.fill(0.25);
      own[name] = { shape, data };
    }
    await writeTensors(join(scratch, 'vae.safetensors'), own);
    const model = await openModel({ path, config, vae: join(scratch, 'vae.safetensors') });
    const source = await model.graph('vae-decoder');
    const graph = await loadModel(source.model, source.externalData);
    const { image } = await graph.run({ latents: fedFrom(vae, 'z') });
    const bias = tiny.data('first_stage_model.decoder.conv_out.bias');
    const expected = vae.data('decoded').map((value, i) => value - bias[Math.floor(i / (96 * 128))]! + 0.25);
    expect(worstDifference(image!.data, expected)).toBeLessThan(tolerance('07.decode', '07 dec'));
    await model.dispose();
  });

  it('takes learned embeddings', async () => {
    await writeTensors(join(scratch, 'tone.safetensors'), {
      emb_params: { shape: [2, 48], data: wave(96, 3) },
    });
    const model = await openModel({
      path,
      config,
      embeddings: [{ path: join(scratch, 'tone.safetensors') }],
    });
    expect(model.embeddings.map(({ token, vectors }) => [token, vectors.length])).toEqual([['tone', 2]]);
    expect(worstDifference(model.embeddings[0]!.vectors[1]!, wave(96, 3).subarray(48))).toBe(0);
    await model.dispose();
  });

  it('names missing tensors with their nearest match, and warns of unknown ones', async () => {
    const tensors: Record<string, GivenTensor> = {};
    for (const [key, { shape }] of tiny.tensors) tensors[key] = { shape, data: tiny.data(key) };
    const key = 'model.diffusion_model.out.2.bias';
    const { [key]: moved, ...others } = tensors;
    const renamed = join(scratch, 'renamed.safetensors');
    await writeTensors(renamed, { ...others, 'model.diffusion_model.out.2.biass': moved! });
    await expect(openModel({ path: renamed, config })).rejects.toMatchObject({
      code: 'tensor-mismatch',
      message: expect.stringContaining(`${key} (nearest: model.diffusion_model.out.2.biass)`),
    });
    const extra = join(scratch, 'extra.safetensors');
    await writeTensors(extra, {
      ...tensors,
      'model_ema.decay': { shape: [1], data: Float32Array.of(1) },
      'strange.weight': moved!,
    });
    const model = await openModel({ path: extra, config });
    expect(model.warnings?.join(' ')).toMatch(/averaged copies.*strange\.weight/);
    await model.dispose();
  });

  it("says that a vocabulary that is not CLIP's wants its own tokenizer", async () => {
    const model = await openModel({ path, config });
    expect(() => model.tokenizer).toThrow(/tokenizer\.json/);
    await model.dispose();
  });
});

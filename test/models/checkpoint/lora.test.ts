import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Checkpoint,
  makeRandomCheckpoint,
  openCheckpoint,
  openStableDiffusion,
  readLora,
  readTextualInversion,
} from '../../../models/src/checkpoint/index.ts';
import { tensorOfBytes } from '../../../models/src/checkpoint/streamed-tensor.ts';
import { writeSafetensorsFile } from '../../../models/src/checkpoint/write-checkpoint.ts';
import { refusedWith } from './refused-with.ts';
import { smallNetworks } from './small-networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'lora-'));
const at = (name: string) => join(folder, name);
const opened: Checkpoint[] = [];
let base: Checkpoint;

beforeAll(async () => {
  for (const layout of ['stable-diffusion-safetensors', 'lora-kohya', 'lora-diffusers'] as const) {
    await makeRandomCheckpoint({ layout, out: at(layout), config: smallNetworks });
  }
  base = await openStableDiffusion(at('stable-diffusion-safetensors'));
});
afterAll(async () => {
  for (const checkpoint of [base, ...opened]) await checkpoint?.close();
  rmSync(folder, { recursive: true, force: true });
});

async function open(path: string): Promise<Checkpoint> {
  const checkpoint = await openCheckpoint(path);
  opened.push(checkpoint);
  return checkpoint;
}

let files = 0;
/** A LoRA with these tensors; each holds 2. */
async function lora(shapes: Record<string, readonly number[]>): Promise<Checkpoint> {
  const path = at(`lora-${files++}.safetensors`);
  const tensors = Object.entries(shapes).map(([key, shape]) => {
    const count = shape.reduce((product, side) => product * side, 1);
    return tensorOfBytes(key, shape, 'f32', new Uint8Array(new Float32Array(count).fill(2).buffer));
  });
  await writeSafetensorsFile(path, tensors);
  return open(path);
}

const key = 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_q.weight';
const outKey = 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn1.to_out.0.weight';
const textKey = 'cond_stage_model.transformer.text_model.encoder.layers.1.self_attn.q_proj.weight';

describe('LoRA', () => {
  it('maps every layer of a whole kohya file and of a whole diffusers file to the same weights', async () => {
    const kohya = await readLora(await open(at('lora-kohya')), base.tensors);
    const diffusers = await readLora(await open(at('lora-diffusers')), base.tensors);
    expect(kohya.warnings).toEqual([]);
    expect(diffusers.warnings).toEqual([]);
    expect(kohya.branches.map((branch) => branch.key).sort()).toEqual(
      diffusers.branches.map((branch) => branch.key).sort(),
    );
    expect(new Set(kohya.branches.map((branch) => branch.key)).size).toBe(kohya.branches.length);
    expect(kohya.branches[0]).toMatchObject({ rank: 8, alpha: 4, scale: 0.5 });
    expect(diffusers.branches[0]).toMatchObject({ rank: 8, alpha: 8, scale: 1 });
  });

  it.each<[string, string, string, string]>([
    [
      'kohya',
      'lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q',
      'lora_down.weight',
      key,
    ],
    [
      'kohya in upstream words',
      'lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q',
      'lora_down.weight',
      key,
    ],
    ['peft', 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q', 'lora_A.weight', key],
    [
      'peft with an adapter name',
      'base_model.model.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q',
      'lora_A.default.weight',
      key,
    ],
    ['diffusers', 'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q', 'lora.down.weight', key],
    [
      'attention processors',
      'unet.down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor',
      'to_q_lora.down.weight',
      key,
    ],
    [
      'attention processors without a prefix',
      'down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor',
      'to_out_lora.down.weight',
      outKey,
    ],
    ['kohya, text', 'lora_te_text_model_encoder_layers_1_self_attn_q_proj', 'lora_down.weight', textKey],
    ['peft, text', 'text_encoder.text_model.encoder.layers.1.self_attn.q_proj', 'lora_A.weight', textKey],
    [
      'diffusers, text',
      'text_encoder.text_model.encoder.layers.1.self_attn.q_proj',
      'lora_linear_layer.down.weight',
      textKey,
    ],
  ])('reads the names of %s', async (_, module, down, target) => {
    const [out, width] = base.tensors.get(target)!.shape as [number, number];
    const up = down.replace('lora_A', 'lora_B').replace('down', 'up');
    const { branches } = await readLora(
      await lora({ [`${module}.${down}`]: [3, width], [`${module}.${up}`]: [out, 3] }),
      base.tensors,
    );
    expect(branches).toHaveLength(1);
    expect(branches[0]).toMatchObject({ key: target, rank: 3, alpha: 3, scale: 1 });
    expect([branches[0]!.down.key, branches[0]!.up.key]).toEqual([`${module}.${down}`, `${module}.${up}`]);
  });

  it('reads alpha, and pairs for 3x3 and 1x1 convolutions', async () => {
    const { branches } = await readLora(
      await lora({
        'lora_unet_down_blocks_0_resnets_0_conv1.lora_down.weight': [4, 32, 3, 3],
        'lora_unet_down_blocks_0_resnets_0_conv1.lora_up.weight': [32, 4, 1, 1],
        'lora_unet_down_blocks_0_resnets_0_conv1.alpha': [],
        'lora_unet_down_blocks_0_attentions_0_proj_in.lora_down.weight': [4, 32],
        'lora_unet_down_blocks_0_attentions_0_proj_in.lora_up.weight': [32, 4],
      }),
      base.tensors,
    );
    expect(branches.map(({ key: name, scale }) => [name, scale])).toEqual([
      ['model.diffusion_model.input_blocks.1.0.in_layers.2.weight', 0.5],
      ['model.diffusion_model.input_blocks.1.1.proj_in.weight', 1],
    ]);
  });

  it.each<[string, Record<string, readonly number[]>]>([
    ['a half is missing', { 'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [4, 64] }],
    [
      'the ranks differ',
      {
        'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [4, 64],
        'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight': [64, 5],
      },
    ],
    [
      'the width is another',
      {
        'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [4, 65],
        'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight': [64, 4],
      },
    ],
    [
      'the kernel is another',
      {
        'lora_unet_mid_block_resnets_0_conv1.lora_down.weight': [4, 64, 1, 1],
        'lora_unet_mid_block_resnets_0_conv1.lora_up.weight': [64, 4, 1, 1],
      },
    ],
    [
      'the rank is zero',
      {
        'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [0, 64],
        'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight': [64, 0],
      },
    ],
    [
      'no layer is known',
      { 'lora_unet_nowhere.lora_down.weight': [4, 64], 'lora_unet_nowhere.lora_up.weight': [64, 4] },
    ],
    ['it is no LoRA', { weight: [4, 64] }],
  ])('is refused when %s', async (_, shapes) => {
    await refusedWith('tensor-mismatch', async () => readLora(await lora(shapes), base.tensors));
  });

  it.each<[string, string]>([
    ['LoHa', 'lora_unet_mid_block_attentions_0_proj_in.hada_w1_a'],
    ['LoKr', 'lora_unet_mid_block_attentions_0_proj_in.lokr_w1'],
    ['DoRA', 'lora_unet_mid_block_attentions_0_proj_in.dora_scale'],
    ['Tucker', 'lora_unet_mid_block_resnets_0_conv1.lora_mid.weight'],
    ['full differences', 'lora_unet_mid_block_attentions_0_proj_in.diff'],
  ])('says that %s is not supported rather than apply half of it', async (word, name) => {
    const message = await refusedWith('checkpoint-unsupported', async () =>
      readLora(await lora({ [name]: [4, 4] }), base.tensors),
    );
    expect(message).toContain(word);
  });

  it('says that a LoRA is for SDXL', async () => {
    await refusedWith('architecture-unsupported', async () =>
      readLora(
        await lora({ 'lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight': [4, 1280] }),
        base.tensors,
      ),
    );
  });

  it('names layers that the model lacks as a warning when others fit', async () => {
    const { branches, warnings } = await readLora(
      await lora({
        'lora_unet_mid_block_attentions_0_proj_in.lora_down.weight': [4, 64],
        'lora_unet_mid_block_attentions_0_proj_in.lora_up.weight': [64, 4],
        'lora_unet_nowhere.lora_down.weight': [4, 64],
        'lora_unet_nowhere.lora_up.weight': [64, 4],
        'bundle_emb.word': [64],
      }),
      base.tensors,
    );
    expect(branches).toHaveLength(1);
    expect(warnings.join()).toContain('unet_nowhere');
    expect(warnings.join()).toContain('bundle_emb.word');
  });
});

describe('textual inversion', () => {
  const golden = join(import.meta.dirname, 'golden');

  it.each(['embedding.pt', 'embedding-parameter-dict.pt'])("reads AUTOMATIC1111's %s", async (name) => {
    const found = await readTextualInversion(await open(join(golden, name)), 8);
    expect(found.token).toBe('my-style');
    expect(found.vectors.map((vector) => [...vector])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
    ]);
  });

  it("reads diffusers' files, whose only tensor is called like the token, and emb_params, which says no token", async () => {
    expect(await readTextualInversion(await lora({ '<cat-toy>': [8] }), 8)).toMatchObject({
      token: '<cat-toy>',
      width: 8,
    });
    const plain = await readTextualInversion(await lora({ emb_params: [3, 8] }), 8);
    expect([plain.token, plain.vectors.length]).toEqual([undefined, 3]);
  });

  it.each<[string, Record<string, readonly number[]>]>([
    ['of another width', { '<a>': [9] }],
    ['with two tensors', { '<a>': [8], '<b>': [8] }],
    ['with more vectors than a prompt has', { '<a>': [76, 8] }],
    ['with three dimensions', { '<a>': [1, 1, 8] }],
  ])('refuses a file %s', async (_, shapes) => {
    await refusedWith('tensor-mismatch', async () => readTextualInversion(await lora(shapes), 8));
  });

  it('refuses the pair of SDXL', async () => {
    await refusedWith('architecture-unsupported', async () =>
      readTextualInversion(await lora({ clip_l: [1, 8], clip_g: [1, 9] }), 8),
    );
  });
});

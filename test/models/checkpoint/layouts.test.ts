import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipTextEncoderTensors } from '../../../models/src/architectures/clip-text-encoder.ts';
import { stableDiffusion1 } from '../../../models/src/architectures/stable-diffusion-1.ts';
import { stablePoseAdapterTensors } from '../../../models/src/architectures/stable-pose-adapter.ts';
import { unetTensors } from '../../../models/src/architectures/unet.ts';
import { vaeTensors } from '../../../models/src/architectures/vae.ts';
import { unetRenamer, unetRenamerToDiffusers } from '../../../models/src/checkpoint/diffusers-unet-keys.ts';
import { vaeRenamer } from '../../../models/src/checkpoint/diffusers-vae-keys.ts';
import {
  accountFor,
  type Checkpoint,
  describeTensors,
  inspectCheckpoint,
  makeRandomCheckpoint,
  openAdapterCheckpoint,
  openCheckpoint,
  openStableDiffusion,
  openVae,
  type RandomLayout,
  randomLayouts,
} from '../../../models/src/checkpoint/index.ts';
import { tensorOfBytes } from '../../../models/src/checkpoint/streamed-tensor.ts';
import { writeSafetensorsFile, writeTorchFile } from '../../../models/src/checkpoint/write-checkpoint.ts';
import { referenceJson } from '../../support/reference-set.ts';
import { refusedWith } from './refused-with.ts';
import { smallNetworks } from './small-networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'layouts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);

beforeAll(async () => {
  for (const layout of randomLayouts) {
    await makeRandomCheckpoint({ layout, out: at(layout), seed: 3, config: smallNetworks });
  }
});

const { unet, vae, text, adapter } = smallNetworks;
const base = new Map([...unetTensors(unet), ...vaeTensors(vae), ...clipTextEncoderTensors(text)]);

async function withOpen<T>(
  opening: Promise<Checkpoint>,
  use: (checkpoint: Checkpoint) => T | Promise<T>,
): Promise<T> {
  const checkpoint = await opening;
  try {
    return await use(checkpoint);
  } finally {
    await checkpoint.close();
  }
}

/** A file with tensors of zeros. */
async function zeros(
  name: string,
  shapes: Record<string, readonly number[]>,
  torch = false,
): Promise<string> {
  const tensors = Object.entries(shapes).map(([key, shape]) =>
    tensorOfBytes(key, shape, 'f32', new Uint8Array(4 * shape.reduce((product, side) => product * side, 1))),
  );
  await (torch ? writeTorchFile(at(name), tensors) : writeSafetensorsFile(at(name), tensors));
  return at(name);
}

describe('the layouts of Stable Diffusion', () => {
  it('derives the names and shapes of the full-size model and adapter that the reference lists', () => {
    const expected = referenceJson<{ keys: Record<string, number[]> }>(
      '12_prepare_weights/full_keys.json',
    ).keys;
    const sizes = stableDiffusion1;
    const derived = new Map([
      ...stablePoseAdapterTensors(sizes.adapter),
      ...unetTensors(sizes.unet),
      ...vaeTensors(sizes.vae),
      ...clipTextEncoderTensors(sizes.text),
    ]);
    expect(Object.fromEntries([...derived].sort())).toEqual(
      Object.fromEntries(Object.entries(expected).sort()),
    );
  });

  it.each<RandomLayout>([
    'stable-diffusion-ckpt',
    'stable-diffusion-safetensors',
    'diffusers',
    'stable-pose-ckpt',
  ])('gives the same names and shapes for %s, all accounted for', async (layout) => {
    await withOpen(openStableDiffusion(at(layout)), (checkpoint) => {
      const found = accountFor(base, checkpoint, (key) => key.startsWith('stable_pose_adapter.'));
      expect([found.missing, found.misshaped, found.unexpected]).toEqual([[], [], []]);
      expect(found.warnings.join()).toContain(layout === 'diffusers' ? '' : 'schedule buffers');
      for (const [key, entry] of checkpoint.tensors)
        expect([key, entry.inPlace !== undefined]).toEqual([key, true]);
    });
  });

  it('reads the same values through a diffusers folder as lie in its files, reshaped where upstream says so', async () => {
    await withOpen(openStableDiffusion(at('diffusers')), (whole) =>
      withOpen(
        openCheckpoint(join(at('diffusers'), 'vae/diffusion_pytorch_model.safetensors')),
        async (part) => {
          const pairs = [
            ['first_stage_model.decoder.mid.attn_1.q.weight', 'decoder.mid_block.attentions.0.to_q.weight'],
            [
              'first_stage_model.decoder.up.2.block.0.conv1.weight',
              'decoder.up_blocks.0.resnets.0.conv1.weight',
            ],
            [
              'first_stage_model.encoder.down.1.block.0.nin_shortcut.bias',
              'encoder.down_blocks.1.resnets.0.conv_shortcut.bias',
            ],
          ] as const;
          for (const [upstream, diffusers] of pairs) {
            expect(Buffer.compare(await whole.read(upstream), await part.read(diffusers)), upstream).toBe(0);
          }
          expect(whole.tensors.get(pairs[0][0])?.shape).toEqual([64, 64, 1, 1]);
          expect(part.tensors.get(pairs[0][1])?.shape).toEqual([64, 64]);
        },
      ),
    );
  });

  // Names as they stand in runwayml/stable-diffusion-v1-5 in both layouts.
  it.each([
    ['conv_in.weight', 'input_blocks.0.0.weight'],
    ['time_embedding.linear_2.bias', 'time_embed.2.bias'],
    ['down_blocks.0.resnets.1.norm1.weight', 'input_blocks.2.0.in_layers.0.weight'],
    [
      'down_blocks.0.attentions.1.transformer_blocks.0.attn2.to_k.weight',
      'input_blocks.2.1.transformer_blocks.0.attn2.to_k.weight',
    ],
    ['down_blocks.0.downsamplers.0.conv.weight', 'input_blocks.3.0.op.weight'],
    ['down_blocks.3.resnets.1.conv2.bias', 'input_blocks.11.0.out_layers.3.bias'],
    ['down_blocks.1.resnets.0.conv_shortcut.weight', 'input_blocks.4.0.skip_connection.weight'],
    ['mid_block.attentions.0.proj_in.weight', 'middle_block.1.proj_in.weight'],
    ['mid_block.resnets.1.time_emb_proj.weight', 'middle_block.2.emb_layers.1.weight'],
    ['up_blocks.0.upsamplers.0.conv.weight', 'output_blocks.2.1.conv.weight'],
    ['up_blocks.1.upsamplers.0.conv.bias', 'output_blocks.5.2.conv.bias'],
    ['up_blocks.3.attentions.2.norm.weight', 'output_blocks.11.1.norm.weight'],
    ['conv_norm_out.weight', 'out.0.weight'],
    ['conv_out.bias', 'out.2.bias'],
  ])('knows that %s is %s', (diffusers, upstream) => {
    const keys = [...unetTensors(stableDiffusion1.unet).keys()].map((key) =>
      key.replace('model.diffusion_model.', ''),
    );
    const back = unetRenamerToDiffusers(keys);
    const forth = unetRenamer(keys.map((key) => back(key)!));
    expect([back(upstream), forth(diffusers)]).toEqual([diffusers, upstream]);
    expect(keys.map((key) => forth(back(key)!))).toEqual(keys);
  });

  it('knows both names of the attention in a VAE', () => {
    const rename = vaeRenamer([
      'decoder.up_blocks.0.resnets.0.conv1.weight',
      'decoder.up_blocks.3.resnets.2.conv1.weight',
    ]);
    const names = ['to_q', 'query', 'to_k', 'key', 'to_v', 'value', 'to_out.0', 'proj_attn', 'group_norm'];
    expect(names.map((name) => rename(`encoder.mid_block.attentions.0.${name}.bias`))).toEqual(
      ['q', 'q', 'k', 'k', 'v', 'v', 'proj_out', 'proj_out', 'norm'].map(
        (name) => `encoder.mid.attn_1.${name}.bias`,
      ),
    );
    expect(rename('decoder.up_blocks.0.upsamplers.0.conv.weight')).toBe('decoder.up.3.upsample.conv.weight');
    expect(rename('encoder.down_blocks.2.downsamplers.0.conv.bias')).toBe(
      'encoder.down.2.downsample.conv.bias',
    );
  });

  it('reads text encoders that were saved without text_model.', async () => {
    const file = await zeros(
      'older.ckpt',
      {
        'model.diffusion_model.input_blocks.0.0.weight': [2, 4, 3, 3],
        'cond_stage_model.transformer.embeddings.token_embedding.weight': [5, 3],
        'cond_stage_model.transformer.final_layer_norm.bias': [3],
      },
      true,
    );
    await withOpen(openStableDiffusion(file), ({ tensors }) =>
      expect([...tensors.keys()]).toContain('cond_stage_model.transformer.text_model.final_layer_norm.bias'),
    );
  });

  it('finds variants and pickles in a diffusers folder, and says what is missing', async () => {
    const copy = at('variants');
    await makeRandomCheckpoint({
      layout: 'diffusers',
      out: copy,
      seed: 3,
      dtype: 'f16',
      config: smallNetworks,
    });
    const unetFile = join(copy, 'unet/diffusion_pytorch_model.safetensors');
    renameSync(unetFile, join(copy, 'unet/diffusion_pytorch_model.fp16.safetensors'));
    await withOpen(openStableDiffusion(copy), ({ tensors }) => expect(tensors.size).toBe(base.size));
    await refusedWith('model-not-found', () => openStableDiffusion(copy, { variant: 'fp16' }));
    const part = { 'text_model.final_layer_norm.weight': [3] };
    await zeros('variants/text_encoder/pytorch_model.bin', part, true);
    rmSync(join(copy, 'text_encoder/model.safetensors'));
    await withOpen(openStableDiffusion(copy), ({ tensors }) =>
      expect(tensors.get('cond_stage_model.transformer.text_model.final_layer_norm.weight')?.shape).toEqual([
        3,
      ]),
    );
    rmSync(join(copy, 'vae'), { recursive: true });
    expect(await refusedWith('model-not-found', () => openStableDiffusion(copy))).toContain('vae');
  });

  it('opens a VAE of its own from a file, a folder, a pickle without prefix and a whole model', async () => {
    const bare = await zeros(
      'vae.pt',
      { 'decoder.conv_in.weight': [4, 4, 3, 3], 'encoder.conv_in.weight': [4, 3, 3, 3], 'loss.logvar': [1] },
      true,
    );
    const expected = [...vaeTensors(vae).keys()].sort();
    for (const path of [at('vae-safetensors'), at('diffusers'), join(at('diffusers'), 'vae')]) {
      await withOpen(openVae(path), ({ tensors }) => expect([...tensors.keys()].sort()).toEqual(expected));
    }
    await withOpen(openVae(at('stable-diffusion-ckpt')), ({ tensors }) => {
      for (const key of expected) expect(tensors.has(key)).toBe(true);
    });
    await withOpen(openVae(bare), ({ tensors }) =>
      expect([...tensors.keys()]).toEqual([
        'first_stage_model.decoder.conv_in.weight',
        'first_stage_model.encoder.conv_in.weight',
        'loss.logvar',
      ]),
    );
    await refusedWith('architecture-unsupported', () => openVae(at('lora-kohya')));
  });

  it('opens an adapter alone and one inside a whole checkpoint under the same names', async () => {
    const expected = [...stablePoseAdapterTensors(adapter).keys()];
    for (const layout of ['stable-pose-ckpt', 'stable-pose-adapter-safetensors'] as const) {
      const { kind, checkpoint: opened } = await openAdapterCheckpoint(at(layout));
      expect(kind).toBe('stable-pose');
      await withOpen(Promise.resolve(opened), (checkpoint) => {
        expect(accountFor(stablePoseAdapterTensors(adapter), checkpoint).missing).toEqual([]);
        expect(expected.every((key) => checkpoint.tensors.has(key))).toBe(true);
      });
    }
    await refusedWith('architecture-unsupported', () => openAdapterCheckpoint(at('stable-diffusion-ckpt')));
  });

  it.each<[string, Record<string, readonly number[]>, string]>([
    [
      'Stable Diffusion 2',
      { 'cond_stage_model.model.transformer.resblocks.0.ln_1.weight': [4] },
      'Stable Diffusion 2',
    ],
    [
      'Stable Diffusion 2 by its width',
      { 'model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight': [8, 1024] },
      'Stable Diffusion 2',
    ],
    [
      'SDXL',
      { 'conditioner.embedders.0.transformer.text_model.final_layer_norm.bias': [4] },
      'Stable Diffusion XL',
    ],
    [
      'SDXL by its label embedding',
      { 'model.diffusion_model.label_emb.0.0.weight': [4, 4] },
      'Stable Diffusion XL',
    ],
    [
      'Stable Diffusion 3',
      { 'model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight': [4, 4] },
      'Stable Diffusion 3',
    ],
    ['Flux', { 'double_blocks.0.img_attn.qkv.weight': [4, 4] }, 'Flux'],
  ])('refuses %s and says what it is and what is supported', async (name, shapes, word) => {
    const message = await refusedWith('architecture-unsupported', async () =>
      openStableDiffusion(await zeros(`${name}.safetensors`, shapes)),
    );
    expect(message).toContain(word);
    expect(message).toContain('Supported are Stable Diffusion 1');
  });

  it('says that one part of a diffusers folder is not the model', async () => {
    const file = join(at('diffusers'), 'unet/diffusion_pytorch_model.safetensors');
    expect(await refusedWith('architecture-unsupported', () => openStableDiffusion(file))).toContain('unet');
  });
});

describe('inspecting', () => {
  it.each<[RandomLayout, readonly string[]]>([
    ['stable-diffusion-ckpt', ['unet', 'vae', 'text-encoder']],
    ['stable-diffusion-inpainting-ckpt', ['unet', 'vae', 'text-encoder']],
    ['diffusers', ['unet', 'vae', 'text-encoder']],
    ['stable-pose-ckpt', ['unet', 'vae', 'text-encoder', 'stable-pose-adapter']],
    ['stable-pose-adapter-safetensors', ['stable-pose-adapter']],
    ['vae-safetensors', ['vae']],
    ['lora-kohya', ['lora']],
    ['lora-diffusers', ['lora']],
    ['textual-inversion-pt', ['textual-inversion']],
    ['textual-inversion-safetensors', ['textual-inversion']],
  ])('tells what %s holds', async (layout, parts) => {
    const summary = await inspectCheckpoint(at(layout));
    expect([...summary.parts].sort()).toEqual([...parts].sort());
    expect(summary.inpainting).toBe(layout === 'stable-diffusion-inpainting-ckpt');
    expect(summary.types.reduce((total, { parameters }) => total + parameters, 0)).toBe(summary.parameters);
    expect(JSON.parse(JSON.stringify(summary))).toEqual(summary);
  });

  it('tells a ControlNet from a UNet, though it repeats its names', () => {
    const keys = [
      'controlnet_cond_embedding.conv_in.weight',
      'conv_in.weight',
      'down_blocks.0.resnets.0.norm1.weight',
    ];
    const tensors = new Map(keys.map((key) => [key, { key, dtype: 'f32' as const, shape: [1] }]));
    expect(describeTensors(tensors).parts).toEqual(['controlnet']);
  });
});

describe('random checkpoints', () => {
  it('are the same for the same seed and differ for another', async () => {
    const values = async (out: string, seed: number) => {
      await makeRandomCheckpoint({ layout: 'textual-inversion-pt', out, seed, config: smallNetworks });
      return withOpen(openCheckpoint(out), async (checkpoint) => checkpoint.readFloat32('string_to_param.*'));
    };
    const [a, b, c] = [await values(at('a.pt'), 1), await values(at('b.pt'), 1), await values(at('c.pt'), 2)];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  it('hold numbers as large as those of a trained network, in any precision', async () => {
    for (const dtype of ['f32', 'f16', 'bf16'] as const) {
      const out = at(`magnitude-${dtype}`);
      await makeRandomCheckpoint({ layout: 'vae-safetensors', out, dtype, config: smallNetworks });
      await withOpen(openCheckpoint(out), async (checkpoint) => {
        const kernel = await checkpoint.readFloat32('decoder.conv_in.weight');
        const variance = kernel.reduce((sum, value) => sum + value * value, 0) / kernel.length;
        // 2304 values of deviation 1/6: the variance strays by 3 % at most times.
        expect(variance * 36).toBeGreaterThan(0.8);
        expect(variance * 36).toBeLessThan(1.2);
        expect(checkpoint.tensors.get('decoder.conv_in.weight')?.dtype).toBe(dtype);
      });
    }
  });

  it('leave nothing half-written when they are cancelled, and never overwrite', async () => {
    const out = at('cancelled.ckpt');
    const controller = new AbortController();
    const making = makeRandomCheckpoint({
      layout: 'stable-diffusion-ckpt',
      out,
      config: smallNetworks,
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await refusedWith('cancelled', () => making);
    expect([existsSync(out), existsSync(`${out}.partial`)]).toEqual([false, false]);
    await refusedWith('invalid-input', () =>
      makeRandomCheckpoint({ layout: 'vae-safetensors', out: at('vae-safetensors') }),
    );
    mkdirSync(at('taken'), { recursive: true });
    writeFileSync(at('taken/file'), '');
    await refusedWith('write-failed', () =>
      makeRandomCheckpoint({ layout: 'vae-safetensors', out: at('taken/file/vae.safetensors') }),
    );
  });
});

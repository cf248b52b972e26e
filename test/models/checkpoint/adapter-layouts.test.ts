import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { controlNetTensors } from '../../../models/src/architectures/controlnet.ts';
import { controlNetBeside, t2iAdapterBeside } from '../../../models/src/architectures/stable-diffusion-1.ts';
import { t2iAdapterTensors } from '../../../models/src/architectures/t2i-adapter.ts';
import {
  type AdapterKind,
  inspectCheckpoint,
  makeRandomCheckpoint,
  openAdapterCheckpoint,
  openCheckpoint,
  openStableDiffusion,
  type RandomLayout,
} from '../../../models/src/checkpoint/index.ts';
import { tensorOfBytes } from '../../../models/src/checkpoint/streamed-tensor.ts';
import { writeSafetensorsFile } from '../../../models/src/checkpoint/write-checkpoint.ts';
import { openAdapter } from '../../../models/src/on-disk.ts';
import { refusedWith } from './refused-with.ts';
import { smallNetworks } from './small-networks.ts';

const folder = mkdtempSync(join(tmpdir(), 'adapter-layouts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => join(folder, name);
const network = 'diffusion_pytorch_model.safetensors';

const layouts: readonly (readonly [RandomLayout, AdapterKind])[] = [
  ['controlnet-pth', 'controlnet'],
  ['controlnet-safetensors', 'controlnet'],
  ['controlnet-stable-diffusion-pth', 'controlnet'],
  ['controlnet-diffusers', 'controlnet'],
  ['t2i-adapter-pth', 't2i-adapter'],
  ['t2i-adapter-diffusers', 't2i-adapter'],
];
beforeAll(async () => {
  for (const [layout] of layouts) {
    await makeRandomCheckpoint({ layout, out: at(layout), seed: 3, config: smallNetworks });
  }
});

/** A file with tensors of zeros. */
async function zeros(name: string, shapes: Iterable<readonly [string, readonly number[]]>): Promise<string> {
  const tensors = [...shapes].map(([key, shape]) =>
    tensorOfBytes(key, shape, 'f32', new Uint8Array(4 * shape.reduce((product, side) => product * side, 1))),
  );
  await writeSafetensorsFile(at(name), tensors);
  return at(name);
}

const control = controlNetTensors(controlNetBeside(smallNetworks.unet));
const besideUnet = t2iAdapterBeside(smallNetworks.unet);
const t2i = t2iAdapterTensors(besideUnet);
const bareControl = [...control].map(([key, shape]) => [key.replace('control_model.', ''), shape] as const);

describe('published forms of adapters', () => {
  it.each(layouts)('%s opens as %s, with the tensors that its graphs need', async (layout, kind) => {
    const adapter = await openAdapter({ path: at(layout), config: undefined });
    expect(adapter.config).toMatchObject({ kind, hint: { drawing: 'openpose', range: [0, 1] } });
    expect(adapter.warnings?.filter((warning) => warning.includes('not known'))).toEqual([]);
    const source = await adapter.graph('hint-encoder');
    expect(source.weightBytes).toBeGreaterThan(0);
    expect(source.copied ?? []).toEqual([]);
    await adapter.dispose();
  });

  it('hold the same networks under the same names, whichever layout they come in', async () => {
    const keysOf = async (path: string) => {
      const { checkpoint } = await openAdapterCheckpoint(path);
      const keys = [...checkpoint.tensors].map(([key, { shape }]) => `${key} [${shape}]`).sort();
      await checkpoint.close();
      return keys;
    };
    const folder = await keysOf(join(at('controlnet-diffusers'), network));
    expect(folder).toEqual(await keysOf(at('controlnet-pth')));
    expect(await keysOf(await zeros('bare.safetensors', bareControl))).toEqual(folder);
    expect(await keysOf(join(at('t2i-adapter-diffusers'), network))).toEqual(
      await keysOf(at('t2i-adapter-pth')),
    );
  });

  it('a torch file with base model and ControlNet is a model too', async () => {
    const checkpoint = await openStableDiffusion(at('controlnet-stable-diffusion-pth'));
    expect(checkpoint.tensors.has('model.diffusion_model.input_blocks.0.0.weight')).toBe(true);
    await checkpoint.close();
    const { parts, family } = await inspectCheckpoint(at('controlnet-stable-diffusion-pth'));
    expect([...parts].sort()).toEqual(['controlnet', 'text-encoder', 'unet', 'vae']);
    expect(family).toBe('stable-diffusion-1');
  });

  it.each(layouts)('inspecting %s tells what it is', async (layout, kind) => {
    const { parts, layout: found } = await inspectCheckpoint(at(layout));
    expect(parts).toContain(kind);
    if (layout !== 'controlnet-stable-diffusion-pth') expect(parts).toEqual([kind]);
    if (layout.endsWith('diffusers')) expect(found).toBe('diffusers');
  });

  it('a folder names its adapter, and tells heads and groups', async () => {
    expect(existsSync(join(at('controlnet-diffusers'), 'config.json'))).toBe(true);
    const adapter = await openAdapter({ path: at('controlnet-diffusers') });
    expect(adapter.config.name).toBe('controlnet-diffusers');
    await adapter.dispose();
  });

  it('is found in the folder of a saved pipeline', async () => {
    for (const [name, layout, kind] of [
      ['controlnet', 'controlnet-diffusers', 'controlnet'],
      ['adapter', 't2i-adapter-diffusers', 't2i-adapter'],
    ] as const) {
      const saved = at(`saved-${name}`);
      await makeRandomCheckpoint({ layout, out: join(saved, name), config: smallNetworks });
      writeFileSync(join(saved, 'model_index.json'), '{}');
      const adapter = await openAdapter({ path: saved });
      expect(adapter.config.kind).toBe(kind);
      await adapter.dispose();
    }
  });

  it('a config of ours says which drawing an adapter looks at, and in which numbers', async () => {
    const config = { hint_drawing: 'stable-pose', hint_range: [-1, 1], line_width: 8 };
    const adapter = await openAdapter({ path: at('t2i-adapter-pth'), config });
    expect(adapter.config.hint).toEqual({ drawing: 'stable-pose', range: [-1, 1], lineWidth: 8 });
    await adapter.dispose();
    for (const wrong of [{ hint_drawing: 'lines' }, { hint_range: [1, 0] }, { hint_range: [0] }]) {
      await refusedWith('invalid-input', () => openAdapter({ path: at('t2i-adapter-pth'), config: wrong }));
    }
  });

  it('a T2I-Adapter of other than whole levels is refused', async () => {
    const shapes = [...t2i].filter(([key]) => !key.startsWith('body.5.'));
    const path = await zeros('five-blocks.safetensors', shapes);
    expect(await refusedWith('tensor-mismatch', () => openAdapter({ path }))).toContain('5 residual blocks');
    const config = { control_config: { params: { nums_rb: 0 } } };
    const even = await zeros('even.safetensors', t2iAdapterTensors({ ...besideUnet, levels: [8, 8] }));
    await refusedWith('tensor-mismatch', () => openAdapter({ path: even, config }));
    const adapter = await openAdapter({ path: even, config: { control_config: { params: { nums_rb: 4 } } } });
    expect(adapter.config).toMatchObject({ encoderResiduals: [{ channels: 8, factor: 1 }] });
    await adapter.dispose();
  });

  it('one whose name speaks of other pictures than skeletons is opened with a warning', async () => {
    const warningsOf = async (name: string, config?: object) => {
      await zeros(name, t2i);
      const adapter = await openAdapter({ path: at(name), config: config as undefined });
      await adapter.dispose();
      return adapter.warnings;
    };
    expect(await warningsOf('t2iadapter_depth_sd14v1.safetensors')).toEqual([
      expect.stringContaining('speaks of depth'),
    ]);
    expect(await warningsOf('t2iadapter_openpose_depthless.safetensors')).toEqual([]);
    expect(await warningsOf('segmented-normally.safetensors')).toEqual([]);
    expect(await warningsOf('my-depth.safetensors', { hint_drawing: 'stable-pose' })).toEqual([]);
  });

  it('a kind that is asked for must be there', async () => {
    const path = at('controlnet-pth');
    expect(
      await refusedWith('architecture-unsupported', () => openAdapter({ path, kind: 't2i-adapter' })),
    ).toContain('holds no adapter of kind t2i-adapter; it holds controlnet');
    const several = await zeros('several.safetensors', [
      ...control,
      ['stable_pose_adapter.feature_extractor.x', [1]],
    ]);
    expect(await refusedWith('architecture-unsupported', () => openAdapter({ path: several }))).toContain(
      'holds several adapters',
    );
    const adapter = await openAdapter({ path: several, kind: 'controlnet' });
    expect(adapter.config.kind).toBe('controlnet');
    await adapter.dispose();
  });

  it('a missing tensor is named with its nearest match, one that nothing knows is told', async () => {
    const shapes = [...control].map(
      ([key, shape]) => [key.replace('zero_convs.1.', 'zero_conv.1.'), shape] as const,
    );
    const path = await zeros('misnamed.safetensors', shapes);
    const message = await refusedWith('tensor-mismatch', () => openAdapter({ path }));
    expect(message).toContain('zero_convs.1.0.weight (nearest: control_model.zero_conv.1.0.weight)');
    const more = await zeros('more.safetensors', [...t2i, ['body.0.skep.weight', [1]]]);
    const adapter = await openAdapter({ path: more });
    expect(adapter.warnings).toEqual(['1 tensors are not known and not used: body.0.skep.weight.']);
    await adapter.dispose();
  });
});

describe('adapters of other families and forms are refused by name', () => {
  const resized = (
    shapes: Iterable<readonly [string, readonly number[]]>,
    key: RegExp,
    axis: number,
    size: number,
  ) => [...shapes].map(([name, shape]) => [name, key.test(name) ? shape.with(axis, size) : shape] as const);

  it.each<[string, () => Iterable<readonly [string, readonly number[]]>, string]>([
    ['ControlNet of SD 2', () => resized(control, /attn2\.to_k\.weight$/, 1, 1024), 'is Stable Diffusion 2.'],
    [
      'ControlNet of SDXL',
      () => resized(bareControl, /attn2\.to_k\.weight$/, 1, 2048),
      'is Stable Diffusion XL.',
    ],
    [
      'ControlNet with labels',
      () => [...control, ['control_model.label_emb.0.0.weight', [1, 1]]],
      'Stable Diffusion XL',
    ],
    ['T2I-Adapter of SDXL', () => resized(t2i, /^conv_in\.weight$/, 1, 768), 'is Stable Diffusion XL.'],
    ['T2I-Adapter for edges', () => resized(t2i, /^conv_in\.weight$/, 1, 64), 'looks at grey pictures'],
    [
      'light T2I-Adapter',
      () => [
        ['body.0.in_conv.weight', [8, 192, 1, 1]],
        ['body.0.body.0.block1.weight', [8, 8, 3, 3]],
        ['body.0.out_conv.weight', [32, 8, 1, 1]],
      ],
      'light T2I-Adapter',
    ],
    ['Control-LoRA', () => [...control, ['lora_controlnet', [1]]], 'is a Control-LoRA'],
    ['difference', () => [...control, ['difference', [1]]], 'is the difference of a ControlNet'],
    [
      'other hint encoder',
      () => [...control].filter(([key]) => !/hint_block\.(6|8|10|12|14)\./.test(key)),
      'shrinks a picture',
    ],
  ])('%s', async (name, shapes, sentence) => {
    const path = await zeros(`${name.replaceAll(' ', '-')}.safetensors`, shapes());
    expect(await refusedWith('architecture-unsupported', () => openAdapter({ path }))).toContain(sentence);
  });

  it.each<[string, object, string]>([
    ['SDXL', { addition_embed_type: 'text_time' }, 'is one of Stable Diffusion XL'],
    ['shuffled pictures', { global_pool_conditions: true }, 'averages over the picture'],
    ['BGR', { controlnet_conditioning_channel_order: 'bgr' }, 'takes colours in another order'],
  ])('a diffusers config for %s', async (name, changed, sentence) => {
    const path = at(`folder-${name.replaceAll(' ', '-')}`);
    await makeRandomCheckpoint({ layout: 'controlnet-diffusers', out: path, config: smallNetworks });
    writeFileSync(join(path, 'config.json'), JSON.stringify({ _class_name: 'ControlNetModel', ...changed }));
    expect(await refusedWith('architecture-unsupported', () => openAdapter({ path }))).toContain(sentence);
  });

  it('a base model is none, and says what it is', async () => {
    await makeRandomCheckpoint({ layout: 'diffusers', out: at('diffusers'), config: smallNetworks });
    await refusedWith('architecture-unsupported', () => openAdapter({ path: at('diffusers') }));
    const checkpoint = await openCheckpoint(at('t2i-adapter-pth'));
    expect([...checkpoint.tensors.keys()]).toContain('conv_in.weight');
    await checkpoint.close();
  });
});

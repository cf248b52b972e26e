import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core/errors';
import { type ClipTextEncoderConfig, clipTextEncoderTensors } from '../architectures/clip-text-encoder.ts';
import { type ControlNetConfig, controlNetTensors } from '../architectures/controlnet.ts';
import { controlNetBeside, stableDiffusion1, t2iAdapterBeside } from '../architectures/stable-diffusion-1.ts';
import {
  type StablePoseAdapterConfig,
  stablePoseAdapterTensors,
} from '../architectures/stable-pose-adapter.ts';
import { type T2iAdapterConfig, t2iAdapterTensors } from '../architectures/t2i-adapter.ts';
import type { Shape } from '../architectures/tensor-shapes.ts';
import { unetTensors } from '../architectures/unet.ts';
import type { UnetConfig } from '../architectures/unet-config.ts';
import { type VaeConfig, vaeTensors } from '../architectures/vae.ts';
import { clipBytePairs } from '../clip-tokenizer/index.ts';
import { bytesPerElement, type DataType } from './data-type.ts';
import { controlNetRenamerToDiffusers, t2iAdapterRenamerToDiffusers } from './diffusers-adapter-keys.ts';
import {
  diffusersControlNetConfig,
  diffusersFolderConfigs,
  diffusersT2iAdapterConfig,
} from './diffusers-folder-configs.ts';
import { unetRenamerToDiffusers } from './diffusers-unet-keys.ts';
import { vaeRenamerToDiffusers } from './diffusers-vae-keys.ts';
import { writeWhole } from './output-file.ts';
import type { OrderedMap, WritablePickle } from './pickle-writer.ts';
import { RandomWeights } from './random-weights.ts';
import type { StreamedTensor } from './streamed-tensor.ts';
import { type WriteCheckpointOptions, writeSafetensorsFile, writeTorchFile } from './write-checkpoint.ts';

/** The forms in which weights of this family are published. */
export const randomLayouts = [
  /** One torch file of Stable Diffusion 1, in Lightning's envelope, with schedule buffers (v1-5-pruned.ckpt). */
  'stable-diffusion-ckpt',
  /** The same tensors as safetensors (v1-5-pruned-emaonly.safetensors). */
  'stable-diffusion-safetensors',
  /** Nine input channels (sd-v1-5-inpainting.ckpt). */
  'stable-diffusion-inpainting-ckpt',
  /** A folder with unet/, vae/, text_encoder/, tokenizer/ and scheduler/. */
  'diffusers',
  /** Stable-Pose as its authors publish it: one Lightning checkpoint with the base model and the adapter. */
  'stable-pose-ckpt',
  /** The adapter alone. */
  'stable-pose-adapter-safetensors',
  /** ControlNet alone, a torch file (control_v11p_sd15_openpose.pth). */
  'controlnet-pth',
  /** The same tensors as safetensors. */
  'controlnet-safetensors',
  /** ControlNet and its base model in one torch file (control_sd15_openpose.pth). */
  'controlnet-stable-diffusion-pth',
  /** A folder with config.json and diffusion_pytorch_model.safetensors. */
  'controlnet-diffusers',
  /** A T2I-Adapter, a torch file (t2iadapter_openpose_sd14v1.pth). */
  't2i-adapter-pth',
  /** A folder with config.json and diffusion_pytorch_model.safetensors. */
  't2i-adapter-diffusers',
  /** A VAE of its own. */
  'vae-safetensors',
  'lora-kohya',
  'lora-diffusers',
  /** As AUTOMATIC1111 writes it. */
  'textual-inversion-pt',
  /** As diffusers writes it. */
  'textual-inversion-safetensors',
] as const;
/** One of {@link randomLayouts}. */
export type RandomLayout = (typeof randomLayouts)[number];

/**
 * Sizes of the networks; those of Stable Diffusion 1.5 and Stable-Pose when nothing else is said. ControlNet and T2I-Adapter
 * follow from the UNet's.
 */
export interface NetworkSizes {
  readonly unet: UnetConfig;
  readonly adapter: StablePoseAdapterConfig;
  readonly vae: VaeConfig;
  readonly text: ClipTextEncoderConfig;
}

/** Which checkpoint is made, and where. */
export interface MakeRandomOptions extends WriteCheckpointOptions {
  readonly layout: RandomLayout;
  /** A file, or for `diffusers` layouts a folder. It must not exist yet. */
  readonly out: string;
  /** f32 when left out. */
  readonly dtype?: 'f32' | 'f16' | 'bf16';
  /** 0 when left out. */
  readonly seed?: number;
  readonly config?: NetworkSizes;
  /** Called once, before anything is written, with the bytes of all tensors. */
  readonly onStart?: (totalBytes: number) => void;
}

/** What was written. */
export interface MadeCheckpoint {
  readonly files: readonly string[];
  readonly tensors: number;
  readonly parameters: number;
}

const loraRank = 8;
const networkFile = 'diffusion_pytorch_model.safetensors';
const scheduleBuffers = [
  'betas',
  'alphas_cumprod',
  'alphas_cumprod_prev',
  'sqrt_alphas_cumprod',
  'sqrt_one_minus_alphas_cumprod',
  'log_one_minus_alphas_cumprod',
  'sqrt_recip_alphas_cumprod',
  'sqrt_recipm1_alphas_cumprod',
  'posterior_variance',
  'posterior_log_variance_clipped',
  'posterior_mean_coef1',
  'posterior_mean_coef2',
];

/**
 * Writes a checkpoint of random numbers in a published form, streaming: memory stays at a few pieces of 8 MiB.
 * @throws invalid-input when `out` exists; write-failed, disk-full, cancelled
 */
export async function makeRandomCheckpoint(options: MakeRandomOptions): Promise<MadeCheckpoint> {
  if (existsSync(options.out)) {
    throw new StablePoseError('invalid-input', `${options.out} exists already.`, {
      remedy: 'Name a new file or folder.',
      details: { out: options.out },
    });
  }
  const files = planFiles(options);
  const tensors = files.flatMap((file) => file.tensors);
  options.onStart?.(
    tensors.reduce((total, tensor) => total + countOf(tensor) * bytesPerElement[tensor.dtype], 0),
  );
  for (const file of files) {
    const path = file.name === '' ? options.out : join(options.out, file.name);
    if (file.envelope) await writeTorchFile(path, file.tensors, file.envelope, options);
    else await writeSafetensorsFile(path, file.tensors, {}, options);
  }
  const paths = files.map((file) => (file.name === '' ? options.out : join(options.out, file.name)));
  paths.push(...(await writeFolderTexts(options)));
  return {
    files: paths,
    tensors: tensors.length,
    parameters: tensors.reduce((total, tensor) => total + countOf(tensor), 0),
  };
}

interface PlannedFile {
  /** Below the folder; '' is the file that was asked for. */
  readonly name: string;
  readonly tensors: readonly StreamedTensor[];
  /** Given for torch files. */
  readonly envelope?: (state: OrderedMap) => WritablePickle;
}

const countOf = ({ shape }: StreamedTensor): number => shape.reduce((product, side) => product * side, 1);

function planFiles({
  layout,
  seed = 0,
  dtype = 'f32',
  config = stableDiffusion1,
}: MakeRandomOptions): PlannedFile[] {
  const random = new RandomWeights(seed);
  const one = (key: string, shape: Shape): StreamedTensor =>
    random.tensor(key, shape, key.endsWith('position_ids') ? 'i64' : dtype);
  const make = (shapes: Iterable<readonly [string, Shape]>) =>
    [...shapes].map(([key, shape]) => one(key, shape));
  const base = (unet: UnetConfig) => [
    ...make(unetTensors(unet)),
    ...make(vaeTensors(config.vae)),
    ...make(clipTextEncoderTensors(config.text)),
  ];
  const [control, t2i] = [controlNetBeside(config.unet), t2iAdapterBeside(config.unet)];
  const buffers = () => scheduleBuffers.map((key) => random.tensor(key, [1000], 'f32'));
  switch (layout) {
    case 'stable-diffusion-ckpt':
      return [{ name: '', tensors: [...buffers(), ...base(config.unet)], envelope: lightning }];
    case 'stable-diffusion-safetensors':
      return [{ name: '', tensors: [...buffers(), ...base(config.unet)] }];
    case 'stable-diffusion-inpainting-ckpt': {
      const unet = { ...config.unet, inputChannels: config.unet.outputChannels * 2 + 1 };
      return [{ name: '', tensors: [...buffers(), ...base(unet)], envelope: lightning }];
    }
    case 'stable-pose-ckpt': {
      const adapter = make(stablePoseAdapterTensors(config.adapter));
      return [{ name: '', tensors: [...buffers(), ...base(config.unet), ...adapter], envelope: lightning }];
    }
    case 'stable-pose-adapter-safetensors':
      return [{ name: '', tensors: make(stablePoseAdapterTensors(config.adapter)) }];
    case 'controlnet-pth':
      return [{ name: '', tensors: make(controlNetTensors(control)), envelope: bare }];
    case 'controlnet-safetensors':
      return [{ name: '', tensors: make(controlNetTensors(control)) }];
    case 'controlnet-stable-diffusion-pth': {
      const tensors = [...buffers(), ...base(config.unet), ...make(controlNetTensors(control))];
      return [{ name: '', tensors, envelope: bare }];
    }
    case 'controlnet-diffusers':
      return [{ name: networkFile, tensors: make(diffusersControlNet(control)) }];
    case 't2i-adapter-pth':
      return [{ name: '', tensors: make(t2iAdapterTensors(t2i)), envelope: bare }];
    case 't2i-adapter-diffusers':
      return [{ name: networkFile, tensors: make(diffusersT2iAdapter(t2i)) }];
    case 'vae-safetensors':
      return [{ name: '', tensors: make(diffusersVae(config.vae)) }];
    case 'diffusers':
      return [
        { name: `unet/${networkFile}`, tensors: make(diffusersUnet(config.unet)) },
        { name: `vae/${networkFile}`, tensors: make(diffusersVae(config.vae)) },
        { name: 'text_encoder/model.safetensors', tensors: make(diffusersText(config.text)) },
      ];
    case 'lora-kohya':
      return [{ name: '', tensors: loraPairs(config, kohyaNames).map(([key, shape]) => one(key, shape)) }];
    case 'lora-diffusers':
      return [
        { name: '', tensors: loraPairs(config, diffusersNames).map(([key, shape]) => one(key, shape)) },
      ];
    case 'textual-inversion-pt':
      return [{ name: '', tensors: [one('*', [2, config.text.width])], envelope: automatic }];
    case 'textual-inversion-safetensors':
      return [{ name: '', tensors: [one('<random-style>', [config.text.width])] }];
    default:
      throw new StablePoseError('invalid-input', `There is no layout ${layout satisfies never}.`, {
        remedy: `Layouts are: ${randomLayouts.join(', ')}.`,
      });
  }
}

/** A state dict as it is. */
const bare = (state: OrderedMap): WritablePickle => state;

/** What Lightning 1 puts round a state dict. */
function lightning(state: OrderedMap): WritablePickle {
  return new Map<string, WritablePickle>([
    ['epoch', 0],
    ['global_step', 470000],
    ['pytorch-lightning_version', '1.4.2'],
    ['state_dict', state],
    ['callbacks', new Map()],
    ['hparams_name', 'kwargs'],
  ]);
}

function automatic(state: OrderedMap): WritablePickle {
  return new Map<string, WritablePickle>([
    ['string_to_token', new Map([['*', 265]])],
    ['string_to_param', state],
    ['name', 'random-style'],
    ['step', 1000],
    ['sd_checkpoint', null],
    ['sd_checkpoint_name', null],
  ]);
}

function diffusersUnet(unet: UnetConfig): [string, Shape][] {
  const shapes = [...unetTensors(unet)].map(([key, shape]): [string, Shape] => [
    key.slice(unet.prefix.length),
    shape,
  ]);
  const rename = unetRenamerToDiffusers(shapes.map(([key]) => key));
  return shapes.map(([key, shape]) => [rename(key) ?? key, shape]);
}

function diffusersControlNet(control: ControlNetConfig): [string, Shape][] {
  const shapes = [...controlNetTensors(control)].map(([key, shape]): [string, Shape] => [
    key.slice(control.encoder.prefix.length),
    shape,
  ]);
  const rename = controlNetRenamerToDiffusers(shapes.map(([key]) => key));
  return shapes.map(([key, shape]) => [rename(key) ?? key, shape]);
}

function diffusersT2iAdapter(t2i: T2iAdapterConfig): [string, Shape][] {
  const rename = t2iAdapterRenamerToDiffusers(t2i.levels.length, t2i.blocks);
  return [...t2iAdapterTensors(t2i)].map(([key, shape]) => [rename(key) ?? key, shape]);
}

function diffusersVae(vae: VaeConfig): [string, Shape][] {
  const rename = vaeRenamerToDiffusers({ levels: vae.levels.length, blocks: vae.blocks + 1 });
  return [...vaeTensors(vae)].map(([key, shape]) => {
    const name = rename(key.slice(vae.prefix.length)) ?? key;
    // What upstream stores as 1x1 convolutions are matrices here.
    return [name, /\.attentions\.0\.to_.*weight$/.test(name) ? shape.slice(0, 2) : shape];
  });
}

function diffusersText(text: ClipTextEncoderConfig): [string, Shape][] {
  return [...clipTextEncoderTensors(text)].map(([key, shape]) => [
    `text_model.${key.slice(text.prefix.length)}`,
    shape,
  ]);
}

interface LoraNames {
  /** `network` is unet or text; `module` a diffusers name without `.weight`. */
  readonly module: (network: 'unet' | 'text', module: string) => string;
  readonly down: string;
  readonly up: string;
  readonly alpha: boolean;
}

const kohyaNames: LoraNames = {
  module: (network, module) =>
    `${network === 'unet' ? 'lora_unet_' : 'lora_te_'}${module.replaceAll('.', '_')}`,
  down: 'lora_down.weight',
  up: 'lora_up.weight',
  alpha: true,
};

const diffusersNames: LoraNames = {
  module: (network, module) => `${network === 'unet' ? 'unet.' : 'text_encoder.'}${module}`,
  down: 'lora_A.weight',
  up: 'lora_B.weight',
  alpha: false,
};

/** Pairs for the attention and feed-forward layers, which training programs choose when nothing else is said. */
function loraPairs(config: NetworkSizes, names: LoraNames): [string, Shape][] {
  const layers = [
    ...diffusersUnet(config.unet)
      .filter(([key]) => /\.(to_[qkv]|to_out\.0|ff\.net\.0\.proj|ff\.net\.2)\.weight$/.test(key))
      .map(([key, shape]) => ['unet', key, shape] as const),
    ...diffusersText(config.text)
      .filter(([key]) => /\.(q_proj|k_proj|v_proj|out_proj|fc1|fc2)\.weight$/.test(key))
      .map(([key, shape]) => ['text', key, shape] as const),
  ];
  return layers.flatMap(([network, key, shape]) => {
    const module = names.module(network, key.replace(/\.weight$/, ''));
    const pair: [string, Shape][] = [
      [`${module}.${names.down}`, [loraRank, shape[1]]],
      [`${module}.${names.up}`, [shape[0], loraRank]],
    ];
    if (names.alpha) pair.push([`${module}.alpha`, []]);
    return pair;
  });
}

/** The configs and the tokenizer of a diffusers folder; nothing for a file. */
async function writeFolderTexts(options: MakeRandomOptions): Promise<string[]> {
  const paths: string[] = [];
  for (const [name, text] of Object.entries(folderTexts(options))) {
    const path = join(options.out, name);
    await writeWhole(path, (sink) => sink.write(new TextEncoder().encode(text)));
    paths.push(path);
  }
  return paths;
}

function folderTexts({ layout, config = stableDiffusion1 }: MakeRandomOptions): Record<string, string> {
  const json = (value: unknown) => `${JSON.stringify(value, null, 2)}\n`;
  switch (layout) {
    case 'diffusers': {
      const { vocab, merges } = clipBytePairs();
      const configs = Object.entries(diffusersFolderConfigs(config));
      return {
        'tokenizer/vocab.json': JSON.stringify(vocab),
        'tokenizer/merges.txt': `#version: 0.2\n${merges.join('\n')}\n`,
        ...Object.fromEntries(configs.map(([name, value]) => [name, json(value)])),
      };
    }
    case 'controlnet-diffusers':
      return { 'config.json': json(diffusersControlNetConfig(controlNetBeside(config.unet))) };
    case 't2i-adapter-diffusers':
      return { 'config.json': json(diffusersT2iAdapterConfig(t2iAdapterBeside(config.unet))) };
    default:
      return {};
  }
}

/** The element types that a random checkpoint can have. */
export const randomTypes = ['f32', 'f16', 'bf16'] as const satisfies readonly DataType[];

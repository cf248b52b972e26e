import type { HintConfig } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import type { HeadRule } from './architectures/unet-config.ts';

/**
 * What a checkpoint's tensors do not tell: head counts, groups of GroupNorm, the latents' scale, the noise schedule, mask
 * kernels. Everything has the published value of Stable Diffusion 1.5 and Stable-Pose when nothing else is said.
 */
export interface ModelSettings {
  readonly name: string;
  readonly licence: string;
  readonly latentScale: number;
  readonly latentToRgb?: {
    readonly matrix: readonly (readonly [number, number, number])[];
    readonly bias: readonly [number, number, number];
  };
  readonly schedule: { readonly start: number; readonly end: number; readonly timesteps: number };
  readonly nativeSize: { readonly width: number; readonly height: number };
  readonly unet: { readonly heads: HeadRule; readonly normGroups: number };
  readonly vae: { readonly normGroups: number };
  readonly text: {
    /** Left out: heads are 64 wide. */
    readonly heads?: number;
    readonly activation: 'quick-gelu' | 'gelu';
    readonly startId?: number;
    readonly endId?: number;
    readonly padId?: number;
    /** Tokens with this id are dropped before encoding. */
    readonly unknownId?: number;
  };
  readonly adapter: {
    readonly heads: HeadRule;
    readonly normGroups: number;
    readonly kernels: readonly number[];
    readonly sigma: number;
    readonly lineWidth: number;
    /** False for a Stable-Pose adapter that was trained without masks. True when left out. */
    readonly isMasked?: boolean;
    /** Which drawing of the poses it looks at. Left out: what its kind was published with. */
    readonly drawing?: HintConfig['drawing'];
    /** Hint values of black and white. Left out: what its kind was published with. */
    readonly hintRange?: readonly [number, number];
    /** Residual blocks a level of a T2I-Adapter; read where the tensors do not tell. */
    readonly blocks?: number;
  };
  readonly defaults: Readonly<Record<string, unknown>>;
}

/**
 * Published numbers: CompVis v1-inference.yaml (schedule, scale, heads), the CLIP ViT-L/14 text config (activation), and
 * Stable-Pose's configuration (kernels 23 and 13, sigma 3; skeletons 10 pixels wide at 512).
 */
export const publishedSettings: ModelSettings = {
  name: 'Stable Diffusion 1',
  licence: 'unknown',
  latentScale: 0.18215,
  schedule: { start: 0.00085, end: 0.012, timesteps: 1000 },
  nativeSize: { width: 512, height: 512 },
  unet: { heads: { count: 8 }, normGroups: 32 },
  vae: { normGroups: 32 },
  text: { activation: 'quick-gelu' },
  adapter: { heads: { count: 8 }, normGroups: 32, kernels: [23, 13], sigma: 3, lineWidth: 10 },
  defaults: {},
};

/**
 * A linear map from Stable Diffusion 1's scaled latents to RGB in [-1, 1], fitted and published by its users
 * (discuss.huggingface.co/t/decoding-latents-to-rgb-without-upscaling/23204): good enough to see what is coming.
 */
export const stableDiffusion1LatentToRgb = {
  matrix: [
    [0.298, 0.207, 0.208],
    [0.187, 0.286, 0.173],
    [-0.158, 0.189, 0.264],
    [-0.184, -0.271, -0.473],
  ],
  bias: [0, 0, 0],
} as const satisfies ModelSettings['latentToRgb'];

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads a `config.json` in the upstream layout: `linear_start`, `scale_factor`, `gaussian_kernels`, `unet_config.params`,
 * `control_config.params`, `first_stage_config.params.ddconfig`, `cond_stage_config`, `tokenizer`. Fields of ours beside
 * them: `name`, `licence`, `picture_size`, `gaussian_sigma`, `line_width`, `pose_masks`, `hint_drawing`, `hint_range`,
 * `norm_groups`, `defaults`, `latent_to_rgb`.
 * What is not there keeps its value in `base`.
 * @throws invalid-input when a field is not of its kind
 */
export function readUpstreamConfig(config: Json, base: ModelSettings = publishedSettings): ModelSettings {
  const unet = params(config, 'unet_config');
  const adapter = params(config, 'control_config');
  const ddconfig = object(params(config, 'first_stage_config').ddconfig, 'ddconfig');
  const text = object(config.cond_stage_config, 'cond_stage_config');
  const tokenizer = object(config.tokenizer, 'tokenizer');
  const dropUnknown = tokenizer.drop_unknown !== false;
  return {
    name: string(config.name, 'name') ?? base.name,
    licence: string(config.licence ?? config.license, 'licence') ?? base.licence,
    latentScale: number(config.scale_factor, 'scale_factor') ?? base.latentScale,
    latentToRgb: latentToRgb(config.latent_to_rgb) ?? base.latentToRgb,
    schedule: {
      start: number(config.linear_start, 'linear_start') ?? base.schedule.start,
      end: number(config.linear_end, 'linear_end') ?? base.schedule.end,
      timesteps: number(config.timesteps, 'timesteps') ?? base.schedule.timesteps,
    },
    nativeSize: nativeSize(config) ?? base.nativeSize,
    unet: {
      heads: heads(unet) ?? base.unet.heads,
      normGroups: number(unet.norm_groups ?? config.norm_groups, 'norm_groups') ?? base.unet.normGroups,
    },
    vae: {
      normGroups: number(ddconfig.norm_groups ?? config.norm_groups, 'norm_groups') ?? base.vae.normGroups,
    },
    text: {
      heads: number(text.heads, 'cond_stage_config.heads') ?? base.text.heads,
      activation: text.activation === 'gelu' ? 'gelu' : base.text.activation,
      startId: number(tokenizer.start, 'tokenizer.start') ?? base.text.startId,
      endId: number(tokenizer.end, 'tokenizer.end') ?? base.text.endId,
      padId: number(tokenizer.padding, 'tokenizer.padding') ?? base.text.padId,
      unknownId: dropUnknown
        ? (number(tokenizer.unknown, 'tokenizer.unknown') ?? base.text.unknownId)
        : undefined,
    },
    adapter: {
      heads: heads(adapter) ?? base.adapter.heads,
      normGroups: number(adapter.norm_groups ?? config.norm_groups, 'norm_groups') ?? base.adapter.normGroups,
      kernels: numbers(config.gaussian_kernels, 'gaussian_kernels') ?? base.adapter.kernels,
      sigma: number(config.gaussian_sigma, 'gaussian_sigma') ?? base.adapter.sigma,
      lineWidth: number(config.line_width, 'line_width') ?? base.adapter.lineWidth,
      isMasked: config.pose_masks === false ? false : base.adapter.isMasked,
      drawing: drawing(config.hint_drawing) ?? base.adapter.drawing,
      hintRange: hintRange(config.hint_range) ?? base.adapter.hintRange,
      blocks: number(adapter.nums_rb, 'nums_rb') ?? base.adapter.blocks,
    },
    defaults: { ...base.defaults, ...object(config.defaults, 'defaults') },
  };
}

/** The `config.json` files of a folder in the diffusers layout, by the folder that they lie in ('' is the top). */
export type FolderConfigs = Readonly<Record<string, Json>>;

/**
 * Reads a diffusers folder's configs.
 * @throws architecture-unsupported when the model predicts something else than noise
 */
export function readFolderConfigs(
  configs: FolderConfigs,
  base: ModelSettings = publishedSettings,
): ModelSettings {
  const { unet = {}, vae = {}, text_encoder: text = {}, scheduler = {} } = configs;
  const prediction = scheduler.prediction_type;
  if (prediction !== undefined && prediction !== 'epsilon') {
    throw new StablePoseError(
      'architecture-unsupported',
      `This model predicts ${JSON.stringify(prediction)}; only models that predict noise (epsilon) are supported.`,
      { remedy: 'Use a Stable Diffusion 1 model.', details: { prediction } },
    );
  }
  const side = number(unet.sample_size, 'unet sample_size');
  // diffusers' attention_head_dim means the number of heads in SD 1 files; a list or num_attention_heads says so openly.
  const headCount = number(unet.num_attention_heads ?? unet.attention_head_dim, 'attention_head_dim');
  return {
    ...base,
    latentScale: number(vae.scaling_factor, 'vae scaling_factor') ?? base.latentScale,
    schedule: {
      start: number(scheduler.beta_start, 'beta_start') ?? base.schedule.start,
      end: number(scheduler.beta_end, 'beta_end') ?? base.schedule.end,
      timesteps: number(scheduler.num_train_timesteps, 'num_train_timesteps') ?? base.schedule.timesteps,
    },
    nativeSize: side ? { width: side * 8, height: side * 8 } : base.nativeSize,
    unet: {
      heads: headCount ? { count: headCount } : base.unet.heads,
      normGroups: number(unet.norm_num_groups, 'unet norm_num_groups') ?? base.unet.normGroups,
    },
    vae: { normGroups: number(vae.norm_num_groups, 'vae norm_num_groups') ?? base.vae.normGroups },
    text: {
      ...base.text,
      heads: number(text.num_attention_heads, 'num_attention_heads') ?? base.text.heads,
      activation: text.hidden_act === 'gelu' ? 'gelu' : base.text.activation,
    },
  };
}

/** The `config.json` of an adapter in the diffusers layout (its `_class_name`). */
const diffusersAdapters = ['ControlNetModel', 'T2IAdapter', 'MultiAdapter'];

export function isDiffusersAdapterConfig(config: Json): boolean {
  return typeof config._class_name === 'string' && diffusersAdapters.includes(config._class_name);
}

/**
 * Reads the `config.json` of a ControlNet or T2I-Adapter in the diffusers layout.
 * @throws architecture-unsupported for forms that compute something else; invalid-input when a field is not of its kind
 */
export function readDiffusersAdapterConfig(
  config: Json,
  base: ModelSettings = publishedSettings,
): ModelSettings {
  const refused = diffusersRefusals.find(([field, isRefused]) => isRefused(config[field]));
  if (refused) {
    const [field, , what] = refused;
    throw new StablePoseError('architecture-unsupported', `This adapter ${what} (${field} in config.json).`, {
      remedy: 'Use a ControlNet or T2I-Adapter of Stable Diffusion 1 for poses.',
      details: { field, value: JSON.stringify(config[field]) },
    });
  }
  // As in a UNet's config, attention_head_dim means the number of heads.
  const headCount = number(config.num_attention_heads ?? config.attention_head_dim, 'attention_head_dim');
  return {
    ...base,
    adapter: {
      ...base.adapter,
      heads: headCount ? { count: headCount } : base.adapter.heads,
      normGroups: number(config.norm_num_groups, 'norm_num_groups') ?? base.adapter.normGroups,
      blocks: number(config.num_res_blocks, 'num_res_blocks') ?? base.adapter.blocks,
    },
  };
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false;

/** Fields of a diffusers config that make another network of the same tensors, and what to say. */
const diffusersRefusals: readonly (readonly [string, (value: unknown) => boolean, string])[] = [
  ['addition_embed_type', isSet, 'is one of Stable Diffusion XL'],
  ['class_embed_type', isSet, 'takes a class beside the text'],
  ['global_pool_conditions', isSet, 'averages over the picture, as the one for shuffled pictures does'],
  [
    'controlnet_conditioning_channel_order',
    (value) => isSet(value) && value !== 'rgb',
    'takes colours in another order',
  ],
  ['adapter_type', (value) => value === 'full_adapter_xl', 'is one of Stable Diffusion XL'],
  ['adapter_type', (value) => value === 'light_adapter', 'is a light one, as published for colours'],
  ['adapters', isSet, 'is several in one'],
  ['act_fn', (value) => isSet(value) && value !== 'silu', 'has another activation than SiLU'],
];

function params(config: Json, section: string): Json {
  return object(object(config[section], section).params, `${section}.params`);
}

function heads(section: Json): HeadRule | undefined {
  const width = number(section.num_head_channels, 'num_head_channels');
  // Upstream writes -1 for "use num_heads".
  if (width !== undefined && width > 0) return { width };
  const count = number(section.num_heads, 'num_heads');
  return count !== undefined && count > 0 ? { count } : undefined;
}

function drawing(value: unknown): HintConfig['drawing'] | undefined {
  if (value === undefined || value === 'stable-pose' || value === 'openpose') return value;
  throw wrongField('hint_drawing', 'stable-pose or openpose', value);
}

function hintRange(value: unknown): readonly [number, number] | undefined {
  const range = numbers(value, 'hint_range');
  if (range === undefined) return undefined;
  const [black, white] = range;
  if (black === undefined || white === undefined || range.length !== 2 || black >= white) {
    throw wrongField('hint_range', 'the values of black and of a larger white', value);
  }
  return [black, white];
}

function nativeSize(config: Json): { width: number; height: number } | undefined {
  const side = number(config.picture_size, 'picture_size');
  if (side !== undefined) return { width: side, height: side };
  const cells = number(config.image_size, 'image_size');
  return cells === undefined ? undefined : { width: cells * 8, height: cells * 8 };
}

function latentToRgb(value: unknown): ModelSettings['latentToRgb'] {
  if (value === undefined) return undefined;
  const { matrix, bias } = object(value, 'latent_to_rgb');
  const isTriple = (row: unknown): row is [number, number, number] =>
    Array.isArray(row) && row.length === 3 && row.every((item) => typeof item === 'number');
  if (!Array.isArray(matrix) || !matrix.every(isTriple) || (bias !== undefined && !isTriple(bias))) {
    throw wrongField('latent_to_rgb', 'a matrix of rows of three numbers, and a bias of three', value);
  }
  return { matrix, bias: bias === undefined ? [0, 0, 0] : (bias as [number, number, number]) };
}

function object(value: unknown, field: string): Json {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw wrongField(field, 'an object', value);
  }
  return value as Json;
}

function number(value: unknown, field: string): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongField(field, 'a number', value);
  return value;
}

function numbers(value: unknown, field: string): number[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'number')) {
    throw wrongField(field, 'a list of numbers', value);
  }
  return value as number[];
}

function string(value: unknown, field: string): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw wrongField(field, 'a text', value);
  return value;
}

function wrongField(field: string, expected: string, value: unknown): StablePoseError {
  return new StablePoseError(
    'invalid-input',
    `The model's config must have ${expected} as ${field}, found ${JSON.stringify(value)}.`,
    { remedy: 'Correct the config.json beside the checkpoint.', details: { field } },
  );
}

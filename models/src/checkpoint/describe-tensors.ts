import { StablePoseError } from '@stable-pose/core/errors';
import type { TensorEntry } from './checkpoint.ts';

/** What parts a file can hold. */
export type CheckpointPart =
  | 'unet'
  | 'vae'
  | 'text-encoder'
  | 'stable-pose-adapter'
  | 'controlnet'
  | 't2i-adapter'
  | 'lora'
  | 'textual-inversion';

/** Families of diffusion models, as far as their tensors tell them apart. */
export type ModelFamily =
  | 'stable-diffusion-1'
  | 'stable-diffusion-2'
  | 'stable-diffusion-xl'
  | 'stable-diffusion-3'
  | 'flux'
  | 'other-transformer'
  | 'unknown';

export interface TensorsDescription {
  readonly family: ModelFamily;
  readonly parts: readonly CheckpointPart[];
  /** `single-file` is upstream's layout; `diffusers` that library's names; `bare` a part without a prefix. */
  readonly layout: 'single-file' | 'diffusers' | 'bare';
  /** Channels of the UNet's input: 4, or 9 for inpainting. Undefined without a UNet. */
  readonly inputChannels: number | undefined;
}

type Tensors = ReadonlyMap<string, TensorEntry>;

/** What people call the families. */
export const familyNames: Readonly<Record<ModelFamily, string>> = {
  'stable-diffusion-1': 'Stable Diffusion 1',
  'stable-diffusion-2': 'Stable Diffusion 2',
  'stable-diffusion-xl': 'Stable Diffusion XL',
  'stable-diffusion-3': 'Stable Diffusion 3',
  flux: 'Flux',
  'other-transformer': 'a diffusion transformer',
  unknown: 'of an unknown architecture',
};

const partPatterns: readonly (readonly [CheckpointPart, RegExp])[] = [
  ['unet', /^(model\.diffusion_model\.)?(input_blocks\.0\.0|conv_in|time_embed\.0)\.weight$/],
  ['vae', /^(first_stage_model\.)?decoder\.conv_in\.weight$/],
  ['text-encoder', /^(cond_stage_model\.transformer\.)?(text_model\.)?embeddings\.token_embedding\.weight$/],
  [
    'text-encoder',
    /^(cond_stage_model\.model|conditioner\.embedders\.\d+(\.\w+)*?)\.token_embedding\.weight$/,
  ],
  ['stable-pose-adapter', /^(stable_pose_adapter\.)?feature_extractor\./],
  ['controlnet', /^((control_model\.)?input_hint_block|controlnet_cond_embedding)\./],
  ['t2i-adapter', /^(adapter\.)?body\.\d+\.(block1|resnets|body\.0\.block1)\b/],
  [
    'lora',
    /\.(lora_(down|up|A|B|mid)|lora\.(down|up)|lora_linear_layer\.(down|up)|hada_w1_a|lokr_w1|dora_scale)\b|_lora\.(down|up)\./,
  ],
  ['textual-inversion', /^(string_to_param\..*|emb_params|clip_[lg])$/],
];

/** Parts that stand beside a base model. */
export const adapterParts = ['stable-pose-adapter', 'controlnet', 't2i-adapter'] as const;

const transformerPatterns: readonly (readonly [ModelFamily, RegExp])[] = [
  [
    'stable-diffusion-3',
    /^(model\.diffusion_model\.)?joint_blocks\.0\.|^transformer_blocks\.0\.attn\.add_q_proj\./,
  ],
  ['flux', /^(model\.diffusion_model\.)?double_blocks\.0\.|^single_transformer_blocks\.0\./],
  [
    'other-transformer',
    /^(model\.diffusion_model\.)?(blocks|layers|transformer_blocks)\.0\..*(attn|attention)/,
  ],
];

/** Tells by names and shapes what a file holds. */
export function describeTensors(tensors: Tensors): TensorsDescription {
  const parts = new Set<CheckpointPart>();
  let transformer: ModelFamily | undefined;
  for (const [key, { shape }] of tensors) {
    for (const [part, pattern] of partPatterns) if (!parts.has(part) && pattern.test(key)) parts.add(part);
    for (const [family, pattern] of transformerPatterns) {
      if (transformer === undefined && pattern.test(key)) transformer = family;
    }
    // Without other parts, one vector or matrix of a text encoder's width is an embedding saved by diffusers.
    if (tensors.size === 1 && parts.size === 0 && shape.length > 0 && shape.length <= 2)
      parts.add('textual-inversion');
  }
  // An adapter and a ControlNet repeat the names of the encoder that they copy; a T2I-Adapter has a conv_in too.
  const isAdapter = adapterParts.some((part) => parts.has(part));
  if (isAdapter && !find(tensors, /^model\.diffusion_model\.input_blocks\.0\.0\.weight$/))
    parts.delete('unet');
  const isSingle = find(
    tensors,
    /^(model\.diffusion_model|first_stage_model|cond_stage_model|stable_pose_adapter|control_model)\./,
  );
  const isDiffusers = find(
    tensors,
    /^(down_blocks|up_blocks|decoder\.up_blocks|text_model|controlnet_cond_embedding|adapter\.body)\./,
  );
  return {
    family: familyOf(tensors, parts, transformer),
    parts: [...parts],
    layout: isSingle ? 'single-file' : isDiffusers ? 'diffusers' : 'bare',
    inputChannels: parts.has('unet')
      ? find(tensors, /^(model\.diffusion_model\.input_blocks\.0\.0|input_blocks\.0\.0|conv_in)\.weight$/)
          ?.shape[1]
      : undefined,
  };
}

function familyOf(
  tensors: Tensors,
  parts: ReadonlySet<CheckpointPart>,
  transformer: ModelFamily | undefined,
): ModelFamily {
  if (find(tensors, /^conditioner\.embedders\.|(^|\.)label_emb\.0\.|^add_embedding\.|^lora_te2_|^clip_g$/)) {
    return 'stable-diffusion-xl';
  }
  if (find(tensors, /^cond_stage_model\.model\.(transformer\.resblocks|token_embedding)\b/))
    return 'stable-diffusion-2';
  const context = find(tensors, /attn2[._]to_k\.(lora_down\.|lora_A\.|lora\.down\.)?weight$/)?.shape[1];
  if (context === 1024) return 'stable-diffusion-2';
  if (context === 2048) return 'stable-diffusion-xl';
  // A T2I-Adapter of Stable Diffusion XL takes in squares of 16 x 16 pixels, colours or greys; the others' have 8 a side.
  const squares = parts.has('t2i-adapter')
    ? find(tensors, /^(adapter\.)?conv_in\.weight$/)?.shape[1]
    : undefined;
  if (squares === 768 || squares === 256) return 'stable-diffusion-xl';
  if (context !== undefined || parts.has('stable-pose-adapter') || parts.has('t2i-adapter')) {
    return 'stable-diffusion-1';
  }
  if (find(tensors, /^lora_unet_double_blocks_/)) return 'flux';
  if (transformer && !parts.has('text-encoder') && !parts.has('vae')) return transformer;
  if (find(tensors, /^model\.diffusion_model\./) && transformer) return transformer;
  return 'unknown';
}

function find(tensors: Tensors, pattern: RegExp): TensorEntry | undefined {
  for (const [key, entry] of tensors) if (pattern.test(key)) return entry;
  return undefined;
}

/** @throws architecture-unsupported when the tensors are known to be of another family than Stable Diffusion 1 */
export function refuseOtherFamilies(description: TensorsDescription, file: string): void {
  const { family } = description;
  if (family === 'stable-diffusion-1' || family === 'unknown') return;
  throw new StablePoseError('architecture-unsupported', `${file} is ${familyNames[family]}.`, {
    remedy:
      'Supported are Stable Diffusion 1 (1.4, 1.5 and what was trained from them, inpainting included) and adapters for it.',
    details: { file, family },
  });
}

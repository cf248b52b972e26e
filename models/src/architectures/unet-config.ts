import { StablePoseError } from '@stable-pose/core/errors';
import { countAt, shapeAt, type TensorShapes } from './tensor-shapes.ts';

/** One level of the UNet's encoder (and of its decoder). */
export interface UnetLevel {
  readonly channels: number;
  /** Residual blocks in the encoder; the decoder has one more. */
  readonly blocks: number;
  /** Transformer layers after each residual block; 0 = no attention at this level. */
  readonly depth: number;
}

/** The sizes of a Stable Diffusion UNet's encoder, read from a checkpoint's shapes; the adapter shares them. */
export interface EncoderConfig {
  /** Where the tensors are, with the trailing dot: `model.diffusion_model.` or `stable_pose_adapter.`. */
  readonly prefix: string;
  readonly inputChannels: number;
  readonly modelChannels: number;
  readonly levels: readonly UnetLevel[];
  /** Transformer layers of the middle block. */
  readonly middleDepth: number;
  readonly contextWidth: number;
  /** Heads of an attention layer by its width. */
  readonly heads: HeadRule;
  readonly normGroups: number;
  /** proj_in and proj_out are 1x1 convolutions (SD 1) or linear layers (SD 2 and later). */
  readonly projection: 'convolution' | 'linear';
}

export interface UnetConfig extends EncoderConfig {
  readonly outputChannels: number;
}

/** A fixed number of heads, or a fixed width of each. Checkpoints do not tell; SD 1 has 8 heads everywhere. */
export type HeadRule = { readonly count: number } | { readonly width: number };

export function headsOf(rule: HeadRule, width: number): number {
  return 'count' in rule ? rule.count : width / rule.width;
}

export interface EncoderHints {
  readonly heads?: HeadRule;
  readonly normGroups?: number;
}

/** What one numbered input block holds, told by the tensors that it has. */
type InputBlock = 'convolution' | 'residual' | 'downsample';

/**
 * Reads an encoder's sizes from shapes.
 * @throws tensor-mismatch when the keys are not those of Stable Diffusion's UNet
 */
export function readEncoderConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: EncoderHints = {},
): EncoderConfig {
  const first = shapeAt(shapes, `${prefix}input_blocks.0.0.weight`, 4, 'A UNet');
  const modelChannels = first[0]!;
  const count = countAt(shapes, `${prefix}input_blocks.`);
  const levels: { channels: number; blocks: number; depth: number }[] = [];
  let current: { channels: number; blocks: number; depth: number } | undefined;
  for (let index = 1; index < count; index += 1) {
    const at = `${prefix}input_blocks.${index}.`;
    if (kindOf(shapes, at) === 'downsample') {
      current = undefined;
      continue;
    }
    const channels = shapeAt(shapes, `${at}0.in_layers.2.weight`, 4, 'A UNet')[0]!;
    if (!current) {
      current = { channels, blocks: 0, depth: countAt(shapes, `${at}1.transformer_blocks.`) };
      levels.push(current);
    }
    current.blocks += 1;
  }
  const middleDepth = countAt(shapes, `${prefix}middle_block.1.transformer_blocks.`);
  const attention = `${prefix}middle_block.1.`;
  const projection = shapes.get(`${attention}proj_in.weight`)?.length === 2 ? 'linear' : 'convolution';
  const context = shapeAt(
    shapes,
    `${attention}transformer_blocks.0.attn2.to_k.weight`,
    2,
    'A UNet conditioned on text',
  );
  return {
    prefix,
    inputChannels: first[1]!,
    modelChannels,
    levels,
    middleDepth,
    contextWidth: context[1]!,
    heads: hints.heads ?? { count: 8 },
    normGroups: hints.normGroups ?? 32,
    projection,
  };
}

/** @throws tensor-mismatch when the keys are not those of Stable Diffusion's UNet */
export function readUnetConfig(shapes: TensorShapes, prefix: string, hints: EncoderHints = {}): UnetConfig {
  const encoder = readEncoderConfig(shapes, prefix, hints);
  return { ...encoder, outputChannels: shapeAt(shapes, `${prefix}out.2.weight`, 4, 'A UNet')[0]! };
}

function kindOf(shapes: TensorShapes, at: string): InputBlock {
  if (shapes.has(`${at}0.op.weight`)) return 'downsample';
  if (shapes.has(`${at}0.in_layers.2.weight`)) return 'residual';
  throw new StablePoseError(
    'tensor-mismatch',
    `A UNet's ${at} holds neither a residual block (${at}0.in_layers.2.weight) nor a downsampling convolution (${at}0.op.weight).`,
    { remedy: 'Only Stable Diffusion 1 layouts are supported.', details: { block: at } },
  );
}

/** Channels and downsampling (against the latents) after each input block, in order. */
export function skipsOf(config: EncoderConfig): { channels: number; factor: number }[] {
  const skips = [{ channels: config.modelChannels, factor: 1 }];
  config.levels.forEach((level, index) => {
    const factor = 2 ** index;
    for (let block = 0; block < level.blocks; block += 1) skips.push({ channels: level.channels, factor });
    if (index < config.levels.length - 1) skips.push({ channels: level.channels, factor: factor * 2 });
  });
  return skips;
}

/** Picture pixels that each side must be divisible by: 8 for the VAE, times the deepest downsampling. */
export function sizeMultipleOf(config: EncoderConfig): number {
  return 8 * 2 ** (config.levels.length - 1);
}

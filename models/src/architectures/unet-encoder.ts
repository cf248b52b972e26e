import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { residualBlock, type TimeEmbedding } from './residual-block.ts';
import { spatialTransformer, type TextContext } from './spatial-transformer.ts';
import { type EncoderConfig, headsOf } from './unet-config.ts';

/** What every block of a UNet is given besides its input. */
export interface UnetConditions {
  readonly time: TimeEmbedding;
  readonly context: TextContext;
  /** `[1]` int64: the number of rows. */
  readonly batch: Value;
}

export interface EncoderHooks {
  /** Called with the value after the first convolution; what it returns goes on, and is the skip. */
  readonly afterFirst?: (x: Value) => Value;
  /** Stands in for the residual block of an input block; undefined leaves it. */
  readonly replaceResidual?: (
    index: number,
    x: Value,
    key: string,
    from: number,
    to: number,
  ) => Value | undefined;
  /** Called with the value after the last block of a level; what it returns goes on, and is the skip. */
  readonly afterLevel?: (level: number, x: Value) => Value;
}

/** The encoder: one value per input block, in order. */
export function encodeInputBlocks(
  graph: GraphBuilder,
  latents: Value,
  config: EncoderConfig,
  conditions: UnetConditions,
  hooks: EncoderHooks = {},
): Value[] {
  const { prefix, modelChannels, inputChannels, levels } = config;
  let x = convolution(graph, latents, `${prefix}input_blocks.0.0`, inputChannels, modelChannels);
  x = hooks.afterFirst?.(x) ?? x;
  const skips = [x];
  let channels = modelChannels;
  levels.forEach((level, levelIndex) => {
    for (let block = 0; block < level.blocks; block += 1) {
      const index = skips.length;
      const key = `${prefix}input_blocks.${index}`;
      x =
        hooks.replaceResidual?.(index, x, `${key}.0`, channels, level.channels) ??
        residualBlock(graph, x, conditions.time, `${key}.0`, channels, level.channels, config.normGroups);
      channels = level.channels;
      x = transformerAt(graph, x, `${key}.1`, config, conditions, channels, level.depth, levelIndex);
      if (block === level.blocks - 1) x = hooks.afterLevel?.(levelIndex, x) ?? x;
      skips.push(x);
    }
    if (levelIndex < levels.length - 1) {
      x = convolution(graph, x, `${prefix}input_blocks.${skips.length}.0.op`, channels, channels, {
        stride: 2,
      });
      skips.push(x);
    }
  });
  return skips;
}

/** The middle block: residual, transformer, residual. */
export function encodeMiddleBlock(
  graph: GraphBuilder,
  x: Value,
  config: EncoderConfig,
  conditions: UnetConditions,
): Value {
  const { prefix, levels, normGroups, middleDepth } = config;
  const channels = levels[levels.length - 1]!.channels;
  const key = `${prefix}middle_block`;
  let h = residualBlock(graph, x, conditions.time, `${key}.0`, channels, channels, normGroups);
  h = transformerAt(graph, h, `${key}.1`, config, conditions, channels, middleDepth, levels.length - 1);
  return residualBlock(graph, h, conditions.time, `${key}.2`, channels, channels, normGroups);
}

/** A spatial transformer of `depth` layers at a level; `x` itself when depth is 0. */
export function transformerAt(
  graph: GraphBuilder,
  x: Value,
  key: string,
  config: EncoderConfig,
  conditions: UnetConditions,
  channels: number,
  depth: number,
  level: number,
): Value {
  if (depth === 0) return x;
  // A latent side is a multiple of 2^(levels - 1), so tokens at a level are divisible by the square of what is left.
  const side = 2 ** (config.levels.length - 1 - level);
  return spatialTransformer(graph, x, key, {
    channels,
    depth,
    heads: headsOf(config.heads, channels),
    groups: config.normGroups,
    projection: config.projection,
    context: conditions.context,
    batch: conditions.batch,
    largestTokens: graph.forms.largestLatentCells / 4 ** level,
    mostPieces: side * side,
  });
}

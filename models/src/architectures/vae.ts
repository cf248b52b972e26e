import { attention } from '../onnx/attention.ts';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { convolution, linear } from '../onnx/linear.ts';
import { groupNorm } from '../onnx/normalisation.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { add, concat, dimensionOf, silu, split, upsampleNearest } from '../onnx/operators.ts';
import { toCells, toTokens } from './spatial-transformer.ts';
import { countAt, neededTensors, type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';

/** The sizes of an AutoencoderKL. */
export interface VaeConfig {
  /** With the trailing dot: `first_stage_model.`. */
  readonly prefix: string;
  readonly pictureChannels: number;
  /** Channels of each level, finest first. */
  readonly levels: readonly number[];
  /** Residual blocks a level in the encoder; the decoder has one more. */
  readonly blocks: number;
  /** Width after conv_in. */
  readonly baseChannels: number;
  /** Channels between the quantisation convolutions and the networks. */
  readonly innerChannels: number;
  readonly latentChannels: number;
  readonly normGroups: number;
  /** Whether attention follows each residual block of a level, finest first; nowhere in Stable Diffusion. */
  readonly levelAttention: readonly boolean[];
  /** The middle attention's four layers are 1x1 convolutions (SD 1 files) or linear layers (later diffusers files). */
  readonly attentionWeights: 'convolution' | 'linear';
}

const epsilon = 1e-6;

/** Reads the sizes from shapes. @throws tensor-mismatch when this is no AutoencoderKL */
export function readVaeConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: { readonly normGroups?: number } = {},
): VaeConfig {
  const what = 'A VAE';
  const first = shapeAt(shapes, `${prefix}encoder.conv_in.weight`, 4, what);
  const levels = countAt(shapes, `${prefix}encoder.down.`);
  const post = shapeAt(shapes, `${prefix}post_quant_conv.weight`, 4, what);
  return {
    prefix,
    pictureChannels: first[1]!,
    baseChannels: first[0]!,
    levels: Array.from(
      { length: levels },
      (_, level) => shapeAt(shapes, `${prefix}encoder.down.${level}.block.0.conv1.weight`, 4, what)[0]!,
    ),
    blocks: countAt(shapes, `${prefix}encoder.down.0.block.`),
    innerChannels: post[0]!,
    latentChannels: post[1]!,
    normGroups: hints.normGroups ?? 32,
    levelAttention: Array.from({ length: levels }, (_, level) =>
      shapes.has(`${prefix}encoder.down.${level}.attn.0.q.weight`),
    ),
    attentionWeights:
      shapes.get(`${prefix}encoder.mid.attn_1.q.weight`)?.length === 2 ? 'linear' : 'convolution',
  };
}

/** image `[B,3,H,W]` in [-1,1] -> moments `[B,8,h,w]` = mean | logvar, the latter clamped to -30..20. */
export function vaeEncoder(config: VaeConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('vae-encoder', options);
  const { levels, pictureChannels, innerChannels, latentChannels } = config;
  const prefix = `${config.prefix}encoder.`;
  const image = graph.input('image', 'float32', ['B', pictureChannels, 'H', 'W']);
  let x = convolution(graph, image, `${prefix}conv_in`, pictureChannels, config.baseChannels);
  let channels = config.baseChannels;
  levels.forEach((to, level) => {
    for (let block = 0; block < config.blocks; block += 1) {
      x = vaeBlock(graph, x, `${prefix}down.${level}.block.${block}`, channels, to, config.normGroups);
      channels = to;
      x = levelAttention(graph, x, `${prefix}down`, level, block, channels, config);
    }
    if (level < levels.length - 1) {
      // Upstream pads one pixel on the right and at the bottom only.
      x = convolution(graph, x, `${prefix}down.${level}.downsample.conv`, channels, channels, {
        stride: 2,
        padding: [0, 0, 1, 1],
      });
    }
  });
  x = middle(graph, x, `${prefix}mid`, channels, config);
  x = silu(graph, norm(graph, x, `${prefix}norm_out`, channels, config.normGroups));
  x = convolution(graph, x, `${prefix}conv_out`, channels, innerChannels * 2);
  const moments = convolution(graph, x, `${config.prefix}quant_conv`, innerChannels * 2, latentChannels * 2, {
    kernel: 1,
  });
  const [mean, logvar] = split(graph, moments, 2, 1);
  const clamped = graph.node('Clip', [logvar!, graph.scalar(-30), graph.scalar(20)]);
  graph.output('moments', concat(graph, [mean!, clamped], 1), ['B', latentChannels * 2, 'h', 'w']);
  return graph.plan();
}

/** latents `[B,4,h,w]`, already divided by the scale -> image `[B,3,H,W]`, about [-1,1]. */
export function vaeDecoder(config: VaeConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('vae-decoder', options);
  const { levels, innerChannels, latentChannels, pictureChannels } = config;
  const prefix = `${config.prefix}decoder.`;
  const latents = graph.input('latents', 'float32', ['B', latentChannels, 'h', 'w']);
  let channels = levels[levels.length - 1]!;
  let x = convolution(graph, latents, `${config.prefix}post_quant_conv`, latentChannels, innerChannels, {
    kernel: 1,
  });
  x = convolution(graph, x, `${prefix}conv_in`, innerChannels, channels);
  x = middle(graph, x, `${prefix}mid`, channels, config);
  for (let level = levels.length - 1; level >= 0; level -= 1) {
    const to = levels[level]!;
    for (let block = 0; block <= config.blocks; block += 1) {
      x = vaeBlock(graph, x, `${prefix}up.${level}.block.${block}`, channels, to, config.normGroups);
      channels = to;
      x = levelAttention(graph, x, `${prefix}up`, level, block, channels, config);
    }
    if (level > 0) {
      x = convolution(graph, upsampleNearest(graph, x), `${prefix}up.${level}.upsample.conv`, to, to);
    }
  }
  x = silu(graph, norm(graph, x, `${prefix}norm_out`, channels, config.normGroups));
  graph.output('image', convolution(graph, x, `${prefix}conv_out`, channels, pictureChannels), [
    'B',
    pictureChannels,
    'H',
    'W',
  ]);
  return graph.plan();
}

function norm(graph: GraphBuilder, x: Value, key: string, channels: number, groups: number): Value {
  return groupNorm(graph, x, channels, { groups, epsilon, key });
}

function vaeBlock(
  graph: GraphBuilder,
  x: Value,
  key: string,
  from: number,
  to: number,
  groups: number,
): Value {
  let h = silu(graph, norm(graph, x, `${key}.norm1`, from, groups));
  h = convolution(graph, h, `${key}.conv1`, from, to);
  h = silu(graph, norm(graph, h, `${key}.norm2`, to, groups));
  h = convolution(graph, h, `${key}.conv2`, to, to);
  const skip = from === to ? x : convolution(graph, x, `${key}.nin_shortcut`, from, to, { kernel: 1 });
  return add(graph, skip, h);
}

function middle(graph: GraphBuilder, x: Value, key: string, channels: number, config: VaeConfig): Value {
  let h = vaeBlock(graph, x, `${key}.block_1`, channels, channels, config.normGroups);
  h = add(graph, h, cellAttention(graph, h, `${key}.attn_1`, channels, config));
  return vaeBlock(graph, h, `${key}.block_2`, channels, channels, config.normGroups);
}

/** The attention after a residual block, at the levels that have it. */
function levelAttention(
  graph: GraphBuilder,
  x: Value,
  prefix: string,
  level: number,
  block: number,
  channels: number,
  config: VaeConfig,
): Value {
  if (!config.levelAttention[level]) return x;
  return add(graph, x, cellAttention(graph, x, `${prefix}.${level}.attn.${block}`, channels, config));
}

/** One-head self-attention over all cells. */
function cellAttention(
  graph: GraphBuilder,
  x: Value,
  key: string,
  channels: number,
  config: VaeConfig,
): Value {
  const batch = dimensionOf(graph, x, 0);
  const tokens = toTokens(graph, norm(graph, x, `${key}.norm`, channels, config.normGroups), channels);
  const layer = (name: string, input: Value) =>
    linear(graph, input, `${key}.${name}`, {
      from: channels,
      to: channels,
      storedAsConvolution: config.attentionWeights === 'convolution',
    });
  const attended = attention(graph, layer('q', tokens), layer('k', tokens), layer('v', tokens), {
    heads: 1,
    width: channels,
    batch,
    largestQueries: graph.forms.largestLatentCells,
    largestKeys: graph.forms.largestLatentCells,
    // A picture has 64 cells at least, so eight pieces are never empty.
    mostPieces: 8,
  });
  return toCells(graph, layer('proj_out', attended), x, batch, channels);
}

/** Every tensor of the VAE, by key. */
export function vaeTensors(config: VaeConfig): Map<string, Shape> {
  const options = { forms: operatorForms('cpu') };
  return neededTensors(vaeEncoder(config, options), vaeDecoder(config, options));
}

import type { GraphOptions } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { groupNorm } from '../onnx/normalisation.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { add, silu } from '../onnx/operators.ts';
import { type PmsaVitConfig, pmsaVit } from './pmsa-vit.ts';
import { type TimeEmbedding, timeEmbedding, timeShift } from './residual-block.ts';
import { residualOutputs } from './residual-outputs.ts';
import { batchOf, textContext } from './spatial-transformer.ts';
import { countAt, neededTensors, type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';
import { type EncoderConfig, type EncoderHints, readEncoderConfig } from './unet-config.ts';
import { encodeInputBlocks, encodeMiddleBlock, type UnetConditions } from './unet-encoder.ts';

/** The Stable-Pose adapter's sizes. */
export interface StablePoseAdapterConfig {
  readonly encoder: EncoderConfig;
  readonly hintChannels: number;
  /** The input block whose residual block looks at the pose; upstream uses 1. */
  readonly injectLayer: number;
  /** Width of the pose features. */
  readonly poseChannels: number;
  readonly vit: PmsaVitConfig;
}

/** Outputs and strides of the hint encoder's first five convolutions, fixed upstream; a sixth reaches 1/8. */
const hintLayers = [
  { to: 32, stride: 1 },
  { to: 64, stride: 2 },
  { to: 64, stride: 1 },
  { to: 128, stride: 2 },
  { to: 128, stride: 1 },
] as const;

const patchSize = 2;
const vitHeads = 8;

/** Reads the sizes from shapes. @throws tensor-mismatch when this is no Stable-Pose adapter */
export function readStablePoseAdapterConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: EncoderHints = {},
): StablePoseAdapterConfig {
  const what = 'A Stable-Pose adapter';
  const encoder = readEncoderConfig(shapes, prefix, hints);
  const blocks = countAt(shapes, `${prefix}input_blocks.`);
  const injectLayers = Array.from({ length: blocks }, (_, index) => index).filter((index) =>
    shapes.has(`${prefix}input_blocks.${index}.0.cond_conv.weight`),
  );
  if (injectLayers.length > 1) {
    throw new StablePoseError(
      'architecture-unsupported',
      `This adapter looks at the pose in input blocks ${injectLayers.join(', ')}; one such block is supported.`,
      { remedy: 'Use an adapter with a single injected layer, as published.', details: { injectLayers } },
    );
  }
  const injectLayer = injectLayers[0] ?? 1;
  const at = `${prefix}input_blocks.${injectLayer}.0`;
  const condition = shapeAt(shapes, `${at}.cond_conv.weight`, 4, what);
  const vit = `${at}.attn_layer`;
  const embedding = shapeAt(shapes, `${vit}.to_patch_embedding.0.weight`, 4, what);
  const qkv = shapeAt(shapes, `${vit}.transformer.layers.0.0.to_qkv.weight`, 2, what);
  const hidden = shapeAt(shapes, `${vit}.transformer.layers.0.1.net.1.weight`, 2, what);
  return {
    encoder,
    hintChannels: shapeAt(shapes, `${prefix}feature_extractor.pre_extractor.0.weight`, 4, what)[1]!,
    injectLayer,
    poseChannels: condition[1]!,
    vit: {
      channels: condition[0]!,
      cellWidth: embedding[0]!,
      patchSize,
      heads: vitHeads,
      innerWidth: qkv[0]! / 3,
      mlpWidth: hidden[0]!,
      layers: countAt(shapes, `${vit}.transformer.layers.`),
    },
  };
}

/** hint_image `[1,3,H,W]` in [-1,1] -> pose_features `[1,F,H/8,W/8]`. Does not depend on the step: once a picture. */
export function hintEncoder(config: StablePoseAdapterConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('hint-encoder', options);
  const prefix = `${config.encoder.prefix}feature_extractor.`;
  let from = config.hintChannels;
  let x = graph.input('hint_image', 'float32', ['R', from, 'H', 'W']);
  hintLayers.forEach(({ to, stride }, index) => {
    x = silu(graph, convolution(graph, x, `${prefix}pre_extractor.${index * 2}`, from, to, { stride }));
    from = to;
  });
  const to = config.poseChannels;
  x = silu(graph, convolution(graph, x, `${prefix}extractors.0.0`, from, to, { stride: 2 }));
  x = convolution(graph, x, `${prefix}zero_convs.0`, to, to);
  graph.output('pose_features', x, ['R', to, 'h', 'w']);
  return graph.plan();
}

/** The step's part: a copy of the UNet's encoder with the pose injected, giving one residual per input block and one more. */
export function stablePoseAdapter(
  config: StablePoseAdapterConfig,
  options: GraphBuilderOptions & Pick<GraphOptions, 'minimumScope'>,
): GraphPlan {
  const graph = new GraphBuilder('adapter', options);
  const { encoder, injectLayer } = config;
  const { prefix, modelChannels, inputChannels } = encoder;
  const latents = graph.input('latents', 'float32', ['B', inputChannels, 'h', 'w']);
  const sinusoids = graph.input('timestep_embedding', 'float32', ['B', modelChannels]);
  const conditions: UnetConditions = {
    time: timeEmbedding(graph, sinusoids, prefix, modelChannels),
    context: textContext(graph, encoder.contextWidth),
    batch: batchOf(graph, latents),
  };
  const injection = {
    poseFeatures: graph.input('pose_features', 'float32', ['R', config.poseChannels, 'h', 'w']),
    poseTokens: graph.input('pose_tokens', 'float32', [config.vit.layers, 'B', 'N']),
    minimumScope: options.minimumScope ?? 'pair',
  };
  const skips = encodeInputBlocks(graph, latents, encoder, conditions, {
    replaceResidual: (index, x, key) =>
      index === injectLayer ? poseBlock(graph, x, key, config, conditions, injection) : undefined,
  });
  const middle = encodeMiddleBlock(graph, skips[skips.length - 1]!, encoder, conditions);
  residualOutputs(graph, encoder, skips, middle);
  return graph.plan();
}

export interface PoseInjection {
  readonly poseFeatures: Value;
  readonly poseTokens: Value;
  readonly minimumScope: 'pair' | 'batch';
}

/**
 * The residual block that looks at the pose: no norm on the way in, the ViT without a residual around it, a GroupNorm
 * without scale or shift, then the pose features.
 */
export function poseBlock(
  graph: GraphBuilder,
  x: Value,
  key: string,
  config: StablePoseAdapterConfig,
  conditions: { readonly time: TimeEmbedding; readonly batch: Value },
  injection: PoseInjection,
): Value {
  const { channels } = config.vit;
  const side = 2 ** (config.encoder.levels.length - 1) / config.vit.patchSize;
  let h = convolution(graph, silu(graph, x), `${key}.in_layers.2`, channels, channels);
  h = add(graph, h, timeShift(graph, conditions.time, key, channels));
  h = pmsaVit(graph, h, `${key}.attn_layer`, config.vit, {
    batch: conditions.batch,
    poseTokens: injection.poseTokens,
    minimumScope: injection.minimumScope,
    mostPieces: Math.max(1, side * side),
  });
  h = groupNorm(graph, h, channels, { groups: config.encoder.normGroups, epsilon: 1e-5 });
  const pose = convolution(graph, injection.poseFeatures, `${key}.cond_conv`, config.poseChannels, channels);
  h = convolution(graph, silu(graph, add(graph, h, pose)), `${key}.out_layers.3`, channels, channels);
  return add(graph, x, h);
}

/** Every tensor of the adapter, by key. */
export function stablePoseAdapterTensors(config: StablePoseAdapterConfig): Map<string, Shape> {
  const options = { forms: operatorForms('cpu') };
  return neededTensors(hintEncoder(config, options), stablePoseAdapter(config, options));
}

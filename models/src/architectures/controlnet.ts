import { StablePoseError } from '@stable-pose/core/errors';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan } from '../onnx/graph-builder.ts';
import { convolution } from '../onnx/linear.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import { add, silu } from '../onnx/operators.ts';
import { timeEmbedding } from './residual-block.ts';
import { residualOutputs } from './residual-outputs.ts';
import { batchOf, textContext } from './spatial-transformer.ts';
import { neededTensors, type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';
import { type EncoderConfig, type EncoderHints, readEncoderConfig } from './unet-config.ts';
import { encodeInputBlocks, encodeMiddleBlock, type UnetConditions } from './unet-encoder.ts';

/** A ControlNet's sizes (arXiv 2302.05543). */
export interface ControlNetConfig {
  readonly encoder: EncoderConfig;
  readonly hintChannels: number;
  /** Outputs of the hint encoder's convolutions but the last, which gives the UNet's width: 16 16 32 32 96 96 256 as published. */
  readonly hintWidths: readonly number[];
}

/** Convolutions stand at even places of `input_hint_block`, activations between them. */
const hintKey = (encoder: EncoderConfig, layer: number): string =>
  `${encoder.prefix}input_hint_block.${2 * layer}`;

/** Of the hint encoder's convolutions, every second from the third on halves the sides; the last halves nothing. */
const hintStride = (layer: number): 1 | 2 => (layer > 0 && layer % 2 === 0 ? 2 : 1);

/** Reads the sizes from shapes. @throws tensor-mismatch, architecture-unsupported when this is no ControlNet of this family */
export function readControlNetConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: EncoderHints = {},
): ControlNetConfig {
  const what = 'A ControlNet';
  const encoder = readEncoderConfig(shapes, prefix, hints);
  let layers = 0;
  while (shapes.has(`${hintKey(encoder, layers)}.weight`)) layers += 1;
  const sizes = Array.from({ length: layers }, (_, layer) =>
    shapeAt(shapes, `${hintKey(encoder, layer)}.weight`, 4, what),
  );
  const factor = sizes.slice(0, -1).reduce((product, _, layer) => product * hintStride(layer), 1);
  if (factor !== 8) {
    throw new StablePoseError(
      'architecture-unsupported',
      `The hint encoder of this ControlNet has ${layers} convolutions and shrinks a picture ${factor} times; latents are 8 times smaller than their picture.`,
      { remedy: 'Use a ControlNet of Stable Diffusion 1.', details: { layers, factor } },
    );
  }
  return {
    encoder,
    hintChannels: sizes[0]![1]!,
    hintWidths: sizes.slice(0, -1).map((shape) => shape[0]!),
  };
}

/** hint_image `[1,3,H,W]` in [0,1] -> pose_features `[1,F,H/8,W/8]`, F the UNet's width. Once a picture. */
export function controlNetHintEncoder(config: ControlNetConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('hint-encoder', options);
  const { encoder, hintWidths } = config;
  let from = config.hintChannels;
  let x = graph.input('hint_image', 'float32', ['R', from, 'H', 'W']);
  hintWidths.forEach((to, layer) => {
    x = silu(graph, convolution(graph, x, hintKey(encoder, layer), from, to, { stride: hintStride(layer) }));
    from = to;
  });
  const to = encoder.modelChannels;
  x = convolution(graph, x, hintKey(encoder, hintWidths.length), from, to);
  graph.output('pose_features', x, ['R', to, 'h', 'w']);
  return graph.plan();
}

/** The step's part: a copy of the UNet's encoder, to whose first block the hint is added; one residual per input block and one more. */
export function controlNet(config: ControlNetConfig, options: GraphBuilderOptions): GraphPlan {
  const graph = new GraphBuilder('adapter', options);
  const { encoder } = config;
  const { prefix, modelChannels, inputChannels, contextWidth } = encoder;
  const latents = graph.input('latents', 'float32', ['B', inputChannels, 'h', 'w']);
  const sinusoids = graph.input('timestep_embedding', 'float32', ['B', modelChannels]);
  const conditions: UnetConditions = {
    time: timeEmbedding(graph, sinusoids, prefix, modelChannels),
    context: textContext(graph, contextWidth),
    batch: batchOf(graph, latents),
  };
  const features = graph.input('pose_features', 'float32', ['R', modelChannels, 'h', 'w']);
  const blocks = encodeInputBlocks(graph, latents, encoder, conditions, {
    afterFirst: (x) => add(graph, x, features),
  });
  const middle = encodeMiddleBlock(graph, blocks[blocks.length - 1]!, encoder, conditions);
  residualOutputs(graph, encoder, blocks, middle);
  return graph.plan();
}

/** Every tensor of a ControlNet, by key. */
export function controlNetTensors(config: ControlNetConfig): Map<string, Shape> {
  const options = { forms: operatorForms('cpu') };
  return neededTensors(controlNetHintEncoder(config, options), controlNet(config, options));
}

import type { GraphOptions } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { layerNorm } from '../onnx/normalisation.ts';
import { operatorForms } from '../onnx/operator-forms.ts';
import {
  add,
  castToFloat,
  dimensionOf,
  gather,
  less,
  maximum,
  minimum,
  reshape,
  slice,
  subtract,
  where,
} from '../onnx/operators.ts';
import { clipEncoderLayer } from './clip-encoder-layer.ts';
import { countAt, neededTensors, type Shape, shapeAt, type TensorShapes } from './tensor-shapes.ts';

/** The sizes of a CLIP text transformer. */
export interface ClipTextEncoderConfig {
  /** With the trailing dot: `cond_stage_model.transformer.text_model.`. */
  readonly prefix: string;
  readonly vocabularySize: number;
  readonly width: number;
  readonly contextLength: number;
  readonly layers: number;
  readonly heads: number;
  readonly mlpWidth: number;
  /** `quick-gelu` is x sigmoid(1.702 x), OpenAI's; `gelu` the exact one. */
  readonly activation: 'quick-gelu' | 'gelu';
}

/** Reads the sizes from shapes. @throws tensor-mismatch when this is no CLIP text transformer */
export function readClipTextEncoderConfig(
  shapes: TensorShapes,
  prefix: string,
  hints: { readonly heads?: number; readonly activation?: 'quick-gelu' | 'gelu' } = {},
): ClipTextEncoderConfig {
  const what = 'A CLIP text encoder';
  const tokens = shapeAt(shapes, `${prefix}embeddings.token_embedding.weight`, 2, what);
  const positions = shapeAt(shapes, `${prefix}embeddings.position_embedding.weight`, 2, what);
  const mlp = shapeAt(shapes, `${prefix}encoder.layers.0.mlp.fc1.weight`, 2, what);
  return {
    prefix,
    vocabularySize: tokens[0]!,
    width: tokens[1]!,
    contextLength: positions[0]!,
    layers: countAt(shapes, `${prefix}encoder.layers.`),
    // CLIP's heads are 64 wide.
    heads: hints.heads ?? Math.max(1, tokens[1]! / 64),
    mlpWidth: mlp[0]!,
    activation: hints.activation ?? 'quick-gelu',
  };
}

/**
 * input_ids int32 `[B,T]` -> text_embedding `[B,T,width]`. Causal, no padding mask. Clip skip n leaves out the last n - 1
 * layers and keeps the final LayerNorm, as diffusers and AUTOMATIC1111 do.
 * @throws invalid-request when clip skip leaves no layer
 */
export function clipTextEncoder(
  config: ClipTextEncoderConfig,
  options: GraphBuilderOptions & Pick<GraphOptions, 'clipSkip' | 'extraEmbeddings'>,
): GraphPlan {
  const { prefix, width, contextLength } = config;
  const clipSkip = options.clipSkip ?? 1;
  const layers = config.layers - (clipSkip - 1);
  if (!Number.isInteger(clipSkip) || clipSkip < 1 || layers < 1) {
    throw new StablePoseError(
      'invalid-request',
      `Clip skip must be a whole number from 1 to ${config.layers}, the text encoder's layers, got ${clipSkip}.`,
    );
  }
  const graph = new GraphBuilder('text-encoder', options);
  const ids = graph.input('input_ids', 'int32', ['B', 'T']);
  const batch = dimensionOf(graph, ids, 0);
  const tokens = tokenEmbeddings(graph, ids, config, options.extraEmbeddings ?? false);
  const positions = graph.weight(`${prefix}embeddings.position_embedding.weight`, [contextLength, width]);
  const placed = add(graph, tokens, slice(graph, positions, 0, 0, dimensionOf(graph, ids, 1)));
  let x = reshape(graph, placed, [-1, width]);
  for (let layer = 0; layer < layers; layer += 1) {
    x = clipEncoderLayer(graph, x, `${prefix}encoder.layers.${layer}`, batch, {
      ...config,
      tokens: contextLength,
      causal: true,
    });
  }
  x = layerNorm(graph, x, `${prefix}final_layer_norm`, width);
  const shape = graph.node('Concat', [graph.node('Shape', [ids]), graph.integers([width])], { axis: 0 });
  graph.output('text_embedding', reshape(graph, x, shape), ['B', 'T', width]);
  return graph.plan();
}

/** The embeddings of known ids; with `extra`, ids from the vocabulary's size on index `extra_embeddings [E,width]`. */
function tokenEmbeddings(
  graph: GraphBuilder,
  ids: Value,
  config: ClipTextEncoderConfig,
  extra: boolean,
): Value {
  const { vocabularySize, width } = config;
  // Gathered before it is cast: a float16 table needs no float32 copy.
  const table = graph.halfOrFloat(`${config.prefix}embeddings.token_embedding.weight`, [
    vocabularySize,
    width,
  ]);
  if (!extra) return castToFloat(graph, gather(graph, table, ids));
  const last = graph.scalar(vocabularySize - 1, 'int32');
  const size = graph.scalar(vocabularySize, 'int32');
  const known = castToFloat(graph, gather(graph, table, minimum(graph, [ids, last])));
  const learned = graph.input('extra_embeddings', 'float32', ['E', width]);
  const index = maximum(graph, [subtract(graph, ids, size), graph.scalar(0, 'int32')]);
  const isKnown = graph.node('Unsqueeze', [less(graph, ids, size), graph.integers([-1])]);
  return where(graph, isKnown, known, gather(graph, learned, index));
}

/** Every tensor of the text encoder, by key; `position_ids` is a buffer that files carry and nobody needs. */
export function clipTextEncoderTensors(config: ClipTextEncoderConfig): Map<string, Shape> {
  const needed = neededTensors(clipTextEncoder(config, { forms: operatorForms('cpu') }));
  return needed.set(`${config.prefix}embeddings.position_ids`, [1, config.contextLength]);
}

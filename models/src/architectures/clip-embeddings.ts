import { GraphBuilder, type GraphBuilderOptions, type GraphPlan, type Value } from '../onnx/graph-builder.ts';
import { linear } from '../onnx/linear.ts';
import { layerNorm } from '../onnx/normalisation.ts';
import {
  add,
  castToFloat,
  concat,
  dimensionOf,
  gather,
  reshape,
  slice,
  transpose,
} from '../onnx/operators.ts';
import { clipEncoderLayer } from './clip-encoder-layer.ts';
import { readClipTextEncoderConfig } from './clip-text-encoder.ts';
import { countAt, shapeAt, type TensorShapes } from './tensor-shapes.ts';

const what = 'CLIP';

export interface ClipEmbeddingHints {
  /** CLIP's heads are 64 wide; smaller models say how many there are. */
  readonly textHeads?: number;
  readonly visionHeads?: number;
}

/** CLIP's sizes that callers need. */
export interface ClipSizes {
  /** Of both embeddings. */
  readonly width: number;
  readonly contextLength: number;
  /** Side of the picture that the vision tower sees. */
  readonly side: number;
}

/** @throws tensor-mismatch when this is no CLIP with both towers */
export function readClipSizes(shapes: TensorShapes): ClipSizes {
  const patch = shapeAt(shapes, 'vision_model.embeddings.patch_embedding.weight', 4, what)[2]!;
  const places = shapeAt(shapes, 'vision_model.embeddings.position_embedding.weight', 2, what)[0]!;
  return {
    width: shapeAt(shapes, 'text_projection.weight', 2, what)[0]!,
    contextLength: shapeAt(shapes, 'text_model.embeddings.position_embedding.weight', 2, what)[0]!,
    side: patch * Math.sqrt(places - 1),
  };
}

/**
 * input_ids int32 `[B,T]`, of which the highest id ends the text -> embedding `[B,width]`: the final layer at the text's end,
 * projected. Source: Radford et al. 2021, section 2.4; names as in Hugging Face's `CLIPModel`.
 */
export function clipTextEmbedding(
  shapes: TensorShapes,
  options: GraphBuilderOptions & ClipEmbeddingHints,
): GraphPlan {
  const prefix = 'text_model.';
  const config = readClipTextEncoderConfig(shapes, prefix, { heads: options.textHeads });
  const { width, contextLength, vocabularySize, layers } = config;
  const graph = new GraphBuilder('clip-text', options);
  const ids = graph.input('input_ids', 'int32', ['B', 'T']);
  const batch = dimensionOf(graph, ids, 0);
  const table = graph.halfOrFloat(`${prefix}embeddings.token_embedding.weight`, [vocabularySize, width]);
  const tokens = castToFloat(graph, gather(graph, table, ids));
  const places = graph.weight(`${prefix}embeddings.position_embedding.weight`, [contextLength, width]);
  let x = reshape(graph, add(graph, tokens, slice(graph, places, 0, 0, dimensionOf(graph, ids, 1))), [
    -1,
    width,
  ]);
  for (let layer = 0; layer < layers; layer += 1) {
    const sizes = { ...config, tokens: contextLength, causal: true };
    x = clipEncoderLayer(graph, x, `${prefix}encoder.layers.${layer}`, batch, sizes);
  }
  x = layerNorm(graph, x, `${prefix}final_layer_norm`, width);
  const shape = graph.node('Concat', [graph.node('Shape', [ids]), graph.integers([width])], { axis: 0 });
  const end = graph.node('ArgMax', [ids], { axis: 1, keepdims: 1 });
  const last = graph.node('GatherND', [reshape(graph, x, shape), end], { batch_dims: 1 });
  output(graph, last, 'text_projection', width, shapes);
  return graph.plan();
}

/**
 * picture `[B,3,side,side]`, normalised by CLIP's own mean and deviation -> embedding `[B,width]`: the class token's final
 * layer, projected.
 */
export function clipVisionEmbedding(
  shapes: TensorShapes,
  options: GraphBuilderOptions & ClipEmbeddingHints,
): GraphPlan {
  const prefix = 'vision_model.';
  const kernel = shapeAt(shapes, `${prefix}embeddings.patch_embedding.weight`, 4, what);
  const [width, channels, patch] = kernel as readonly [number, number, number, number];
  const tokens = shapeAt(shapes, `${prefix}embeddings.position_embedding.weight`, 2, what)[0]!;
  const mlpWidth = shapeAt(shapes, `${prefix}encoder.layers.0.mlp.fc1.weight`, 2, what)[0]!;
  const heads = options.visionHeads ?? Math.max(1, width / 64);
  const { side } = readClipSizes(shapes);
  const graph = new GraphBuilder('clip-vision', options);
  const picture = graph.input('picture', 'float32', ['B', channels, side, side]);
  const batch = dimensionOf(graph, picture, 0);
  const patches = graph.node(
    'Conv',
    [picture, graph.weight(`${prefix}embeddings.patch_embedding.weight`, kernel)],
    { kernel_shape: [patch, patch], strides: [patch, patch] },
  );
  const rows = transpose(graph, reshape(graph, patches, [0, width, -1]), [0, 2, 1]);
  const first = graph.weight(`${prefix}embeddings.class_embedding`, [width], [1, 1, width]);
  const firstShape = graph.node('Concat', [batch, graph.integers([1, width])], { axis: 0 });
  const firsts = graph.node('Expand', [first, firstShape]);
  const places = graph.weight(`${prefix}embeddings.position_embedding.weight`, [tokens, width]);
  let x = reshape(graph, add(graph, concat(graph, [firsts, rows], 1), places), [-1, width]);
  // The name is misspelled in the published files.
  x = layerNorm(graph, x, `${prefix}pre_layrnorm`, width);
  const sizes = { width, heads, mlpWidth, activation: 'quick-gelu', tokens, causal: false } as const;
  for (let layer = 0; layer < countAt(shapes, `${prefix}encoder.layers.`); layer += 1) {
    x = clipEncoderLayer(graph, x, `${prefix}encoder.layers.${layer}`, batch, sizes);
  }
  const whole = reshape(graph, x, [-1, tokens, width]);
  const one = reshape(graph, slice(graph, whole, 1, 0, 1), [-1, width]);
  output(graph, layerNorm(graph, one, `${prefix}post_layernorm`, width), 'visual_projection', width, shapes);
  return graph.plan();
}

function output(graph: GraphBuilder, x: Value, key: string, from: number, shapes: TensorShapes): void {
  const to = shapeAt(shapes, `${key}.weight`, 2, what)[0]!;
  graph.output('embedding', linear(graph, x, key, { from, to, bias: false }), ['B', to]);
}

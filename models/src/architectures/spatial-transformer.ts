import { attention } from '../onnx/attention.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { convolution, linear } from '../onnx/linear.ts';
import { groupNorm, layerNorm } from '../onnx/normalisation.ts';
import {
  add,
  concat,
  dimensionOf,
  gelu,
  multiply,
  reshape,
  shapeOf,
  split,
  transpose,
} from '../onnx/operators.ts';

/** The text that the picture attends to: `[B*T, width]` and how many tokens there may be. */
export interface TextContext {
  readonly rows: Value;
  readonly width: number;
}

export interface SpatialTransformerOptions {
  readonly channels: number;
  readonly depth: number;
  readonly heads: number;
  readonly groups: number;
  readonly projection: 'convolution' | 'linear';
  readonly context: TextContext;
  /** `[1]` int64: the number of rows. */
  readonly batch: Value;
  /** Tokens of the largest picture at this level. */
  readonly largestTokens: number;
  /** See {@link import('../onnx/attention.ts').AttentionOptions.mostPieces}. */
  readonly mostPieces: number;
}

/** Longest text that written-out cross-attention reckons with: eight chunks of 77 tokens. */
const largestText = 616;

/** Stable Diffusion's transformer over the cells of `[B,C,h,w]`: self-attention, cross-attention, GEGLU, `depth` times. */
export function spatialTransformer(
  graph: GraphBuilder,
  x: Value,
  key: string,
  options: SpatialTransformerOptions,
): Value {
  const { channels, projection, batch } = options;
  const normalised = groupNorm(graph, x, channels, {
    groups: options.groups,
    epsilon: 1e-6,
    key: `${key}.norm`,
  });
  const width = { from: channels, to: channels };
  let tokens =
    projection === 'convolution'
      ? toTokens(
          graph,
          convolution(graph, normalised, `${key}.proj_in`, channels, channels, { kernel: 1 }),
          channels,
        )
      : linear(graph, toTokens(graph, normalised, channels), `${key}.proj_in`, width);
  for (let layer = 0; layer < options.depth; layer += 1) {
    tokens = transformerLayer(graph, tokens, `${key}.transformer_blocks.${layer}`, options);
  }
  const restored =
    projection === 'convolution'
      ? convolution(
          graph,
          toCells(graph, tokens, x, batch, channels),
          `${key}.proj_out`,
          channels,
          channels,
          {
            kernel: 1,
          },
        )
      : toCells(graph, linear(graph, tokens, `${key}.proj_out`, width), x, batch, channels);
  return add(graph, x, restored);
}

/** `[B,C,h,w] -> [B*h*w, C]` */
export function toTokens(graph: GraphBuilder, x: Value, channels: number): Value {
  const flat = reshape(graph, x, [0, channels, -1]);
  return reshape(graph, transpose(graph, flat, [0, 2, 1]), [-1, channels]);
}

/** `[B*h*w, C] -> [B,C,h,w]`, the shape of `like`. */
export function toCells(
  graph: GraphBuilder,
  tokens: Value,
  like: Value,
  batch: Value,
  channels: number,
): Value {
  const shape = graph.once(`rows, tokens, ${channels} of ${batch}`, () =>
    concat(graph, [batch, graph.integers([-1, channels])], 0),
  );
  const flat = transpose(graph, reshape(graph, tokens, shape), [0, 2, 1]);
  return reshape(graph, flat, shapeOf(graph, like));
}

function transformerLayer(
  graph: GraphBuilder,
  x: Value,
  key: string,
  options: SpatialTransformerOptions,
): Value {
  const { channels, context } = options;
  const first = layerNorm(graph, x, `${key}.norm1`, channels);
  let h = add(graph, x, attend(graph, first, { rows: first, width: channels }, `${key}.attn1`, options));
  const second = layerNorm(graph, h, `${key}.norm2`, channels);
  h = add(graph, h, attend(graph, second, context, `${key}.attn2`, options));
  const third = layerNorm(graph, h, `${key}.norm3`, channels);
  return add(graph, h, feedForward(graph, third, `${key}.ff.net`, options));
}

function attend(
  graph: GraphBuilder,
  x: Value,
  context: TextContext,
  key: string,
  options: SpatialTransformerOptions,
): Value {
  const { channels, heads, batch, largestTokens } = options;
  const from = (width: number) => ({ from: width, to: channels, bias: false });
  const attended = attention(
    graph,
    linear(graph, x, `${key}.to_q`, from(channels)),
    linear(graph, context.rows, `${key}.to_k`, from(context.width)),
    linear(graph, context.rows, `${key}.to_v`, from(context.width)),
    {
      heads,
      width: channels,
      batch,
      largestQueries: largestTokens,
      largestKeys: context.rows === x ? largestTokens : largestText,
      mostPieces: options.mostPieces,
    },
  );
  return linear(graph, attended, `${key}.to_out.0`, { from: channels, to: channels });
}

/**
 * GEGLU (arXiv 2002.05202): Linear to twice the inner width, value * GELU(gate), Linear back. The inner width is eight times
 * the model's, so rows go through in pieces where the whole would exceed the largest tensor that is allowed.
 */
function feedForward(
  graph: GraphBuilder,
  x: Value,
  key: string,
  { channels, largestTokens, mostPieces }: SpatialTransformerOptions,
): Value {
  const inner = channels * 4;
  const bytes = 2 * largestTokens * inner * 2 * 4;
  let pieces = 1;
  while (bytes / pieces > graph.forms.maxTensorBytes && pieces < mostPieces) pieces *= 2;
  const rows = split(graph, x, pieces, 0).map((piece) => {
    const both = linear(graph, piece, `${key}.0.proj`, { from: channels, to: inner * 2 });
    const [value, gate] = split(graph, both, 2, 1);
    const gated = multiply(graph, value!, gelu(graph, gate!));
    return linear(graph, gated, `${key}.2`, { from: inner, to: channels });
  });
  return concat(graph, rows, 0);
}

/** The rows of `encoder_hidden_states [B,T,D]` as `[B*T, D]`. */
export function textContext(graph: GraphBuilder, width: number): TextContext {
  const states = graph.input('encoder_hidden_states', 'float32', ['B', 'T', width]);
  return { rows: reshape(graph, states, [-1, width]), width };
}

/** The number of rows of the latents, `[1]` int64. */
export function batchOf(graph: GraphBuilder, latents: Value): Value {
  return dimensionOf(graph, latents, 0);
}

import { attention } from '../onnx/attention.ts';
import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { linear } from '../onnx/linear.ts';
import { layerNorm } from '../onnx/normalisation.ts';
import { add, gelu, multiply, sigmoid } from '../onnx/operators.ts';

/** The sizes of a layer of CLIP's transformers. */
export interface ClipLayerConfig {
  readonly width: number;
  readonly heads: number;
  readonly mlpWidth: number;
  /** `quick-gelu` is x sigmoid(1.702 x), OpenAI's; `gelu` the exact one. */
  readonly activation: 'quick-gelu' | 'gelu';
  /** The most tokens of a row. */
  readonly tokens: number;
  /** Of texts: each token sees itself and what stands before it. */
  readonly causal: boolean;
}

/** A pre-norm transformer layer of CLIP's text or vision tower, by the names of Hugging Face's files: `[B*T, width]`. */
export function clipEncoderLayer(
  graph: GraphBuilder,
  x: Value,
  key: string,
  batch: Value,
  config: ClipLayerConfig,
): Value {
  const { width, heads, mlpWidth, tokens, causal } = config;
  const square = { from: width, to: width };
  const first = layerNorm(graph, x, `${key}.layer_norm1`, width);
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((name) =>
    linear(graph, first, `${key}.self_attn.${name}`, square),
  );
  const attended = attention(graph, q!, k!, v!, {
    heads,
    width,
    batch,
    causal,
    largestQueries: tokens,
    largestKeys: tokens,
    mostPieces: 1,
  });
  const h = add(graph, x, linear(graph, attended, `${key}.self_attn.out_proj`, square));
  const second = layerNorm(graph, h, `${key}.layer_norm2`, width);
  const hidden = linear(graph, second, `${key}.mlp.fc1`, { from: width, to: mlpWidth });
  const activated =
    config.activation === 'gelu'
      ? gelu(graph, hidden)
      : multiply(graph, hidden, sigmoid(graph, multiply(graph, hidden, graph.scalar(1.702))));
  return add(graph, h, linear(graph, activated, `${key}.mlp.fc2`, { from: mlpWidth, to: width }));
}

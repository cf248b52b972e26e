import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { convolution, linear } from '../onnx/linear.ts';
import { groupNorm } from '../onnx/normalisation.ts';
import { add, reshape, silu } from '../onnx/operators.ts';

/** The time embedding after its two layers, and after the SiLU with which every block starts on it. */
export interface TimeEmbedding {
  readonly activated: Value;
  readonly width: number;
}

/** time_embed: Linear, SiLU, Linear over the sinusoids; the blocks' common SiLU is taken here, once. */
export function timeEmbedding(
  graph: GraphBuilder,
  sinusoids: Value,
  prefix: string,
  channels: number,
): TimeEmbedding {
  const width = channels * 4;
  const hidden = linear(graph, sinusoids, `${prefix}time_embed.0`, { from: channels, to: width });
  const embedded = linear(graph, silu(graph, hidden), `${prefix}time_embed.2`, { from: width, to: width });
  return { activated: silu(graph, embedded), width };
}

/** emb_layers: the time embedding as one number per channel, `[B, channels, 1, 1]`. */
export function timeShift(graph: GraphBuilder, time: TimeEmbedding, key: string, channels: number): Value {
  const shift = linear(graph, time.activated, `${key}.emb_layers.1`, { from: time.width, to: channels });
  return reshape(graph, shift, [0, 0, 1, 1]);
}

/** Stable Diffusion's residual block, `[B,from,h,w] -> [B,to,h,w]`. */
export function residualBlock(
  graph: GraphBuilder,
  x: Value,
  time: TimeEmbedding,
  key: string,
  from: number,
  to: number,
  groups: number,
): Value {
  const norm = { groups, epsilon: 1e-5 };
  let h = groupNorm(graph, x, from, { ...norm, key: `${key}.in_layers.0` });
  h = convolution(graph, silu(graph, h), `${key}.in_layers.2`, from, to);
  h = add(graph, h, timeShift(graph, time, key, to));
  h = groupNorm(graph, h, to, { ...norm, key: `${key}.out_layers.0` });
  h = convolution(graph, silu(graph, h), `${key}.out_layers.3`, to, to);
  const skip = from === to ? x : convolution(graph, x, `${key}.skip_connection`, from, to, { kernel: 1 });
  return add(graph, skip, h);
}

import type { GraphBuilder, Value } from './graph-builder.ts';
import { add, multiply, reshape, shapeOf } from './operators.ts';

export interface GroupNormOptions {
  readonly groups: number;
  readonly epsilon: number;
  /** Without it there is no scale and no shift. */
  readonly key?: string;
}

/**
 * GroupNorm over `[B,C,h,w]`: Reshape to `[B,groups,-1]`, InstanceNormalization, Reshape back, Mul, Add. ONNX's own
 * GroupNormalization has no WebGPU kernel and is expanded to some 29 nodes everywhere (onnxruntime 1.30).
 */
export function groupNorm(
  graph: GraphBuilder,
  x: Value,
  channels: number,
  { groups, epsilon, key }: GroupNormOptions,
): Value {
  const ones = graph.floats(`ones [${groups}]`, [groups], new Float32Array(groups).fill(1));
  const zeros = graph.floats(`zeros [${groups}]`, [groups], new Float32Array(groups));
  const grouped = reshape(graph, x, [0, groups, -1]);
  const normalised = graph.node('InstanceNormalization', [grouped, ones, zeros], {
    epsilon: { float: epsilon },
  });
  const restored = reshape(graph, normalised, shapeOf(graph, x));
  if (key === undefined) return restored;
  const perChannel = [channels, 1, 1];
  const scaled = multiply(graph, restored, graph.weight(`${key}.weight`, [channels], perChannel));
  return add(graph, scaled, graph.weight(`${key}.bias`, [channels], perChannel));
}

/** LayerNorm over the last axis, with scale and shift. */
export function layerNorm(graph: GraphBuilder, x: Value, key: string, width: number, epsilon = 1e-5): Value {
  return graph.node(
    'LayerNormalization',
    [x, graph.weight(`${key}.weight`, [width]), graph.weight(`${key}.bias`, [width])],
    { axis: -1, epsilon: { float: epsilon } },
  );
}

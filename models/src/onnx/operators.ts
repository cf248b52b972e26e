import type { GraphBuilder, Value } from './graph-builder.ts';

/** ONNX's operators as functions: one each, named after it, doing nothing else. */

export const add = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('Add', [a, b]);
export const subtract = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('Sub', [a, b]);
export const multiply = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('Mul', [a, b]);
export const matMul = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('MatMul', [a, b]);
export const sigmoid = (graph: GraphBuilder, x: Value): Value => graph.node('Sigmoid', [x]);
/** Exact GELU, x/2 (1 + erf(x / sqrt 2)). */
export const gelu = (graph: GraphBuilder, x: Value): Value => graph.node('Gelu', [x]);
export const greater = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('Greater', [a, b]);
export const less = (graph: GraphBuilder, a: Value, b: Value): Value => graph.node('Less', [a, b]);
export const minimum = (graph: GraphBuilder, values: readonly Value[]): Value =>
  values.length === 1 ? values[0]! : graph.node('Min', values);
export const maximum = (graph: GraphBuilder, values: readonly Value[]): Value => graph.node('Max', values);
export const where = (graph: GraphBuilder, condition: Value, yes: Value, no: Value): Value =>
  graph.node('Where', [condition, yes, no]);
export const softmax = (graph: GraphBuilder, x: Value): Value => graph.node('Softmax', [x], { axis: -1 });

export const castToFloat = (graph: GraphBuilder, x: Value): Value => graph.node('Cast', [x], { to: 1 });

export const concat = (graph: GraphBuilder, values: readonly Value[], axis: number): Value =>
  values.length === 1 ? values[0]! : graph.node('Concat', values, { axis });

export const gather = (graph: GraphBuilder, table: Value, indices: Value, axis = 0): Value =>
  graph.node('Gather', [table, indices], { axis });

export const transpose = (graph: GraphBuilder, x: Value, perm: readonly number[]): Value =>
  graph.node('Transpose', [x], { perm });

/** `shape` is a list (0 keeps a dimension, -1 is inferred) or an int64 value. */
export const reshape = (graph: GraphBuilder, x: Value, shape: readonly number[] | Value): Value =>
  graph.node('Reshape', [x, typeof shape === 'string' ? shape : graph.integers(shape)]);

export const shapeOf = (graph: GraphBuilder, x: Value): Value =>
  graph.once(`shape of ${x}`, () => graph.node('Shape', [x]));

/** One dimension of a value as an int64 list of length 1, made once per graph. */
export const dimensionOf = (graph: GraphBuilder, x: Value, axis: number): Value =>
  graph.once(`dimension ${axis} of ${x}`, () => graph.node('Shape', [x], { start: axis, end: axis + 1 }));

/** Equal pieces along an axis. The last is smaller when the size does not divide. */
export const split = (graph: GraphBuilder, x: Value, count: number, axis: number): readonly Value[] =>
  count === 1 ? [x] : graph.nodeWithOutputs(count, 'Split', [x], { axis, num_outputs: count });

/** x[start:end] along one axis; the bounds are numbers or int64 lists of length 1. */
export function slice(
  graph: GraphBuilder,
  x: Value,
  axis: number,
  start: number | Value,
  end: number | Value,
): Value {
  const bound = (value: number | Value) => (typeof value === 'number' ? graph.integers([value]) : value);
  return graph.node('Slice', [x, bound(start), bound(end), graph.integers([axis])]);
}

export const reduceMin = (graph: GraphBuilder, x: Value, axes: readonly number[]): Value =>
  graph.node('ReduceMin', [x, graph.integers(axes)], { keepdims: 1 });

/** x * Sigmoid(x); onnxruntime fuses the pair. */
export const silu = (graph: GraphBuilder, x: Value): Value => multiply(graph, x, sigmoid(graph, x));

export const relu = (graph: GraphBuilder, x: Value): Value => graph.node('Relu', [x]);

/** Half the height and width, the mean of each 2 x 2 square. Sides must be even. */
export const averagePool2 = (graph: GraphBuilder, x: Value): Value =>
  graph.node('AveragePool', [x], { kernel_shape: [2, 2], strides: [2, 2] });

/** Twice the height and width, each value repeated. */
export const upsampleNearest = (graph: GraphBuilder, x: Value): Value =>
  graph.node('Resize', [x, '', graph.floats('resize scales 2x', [4], Float32Array.of(1, 1, 2, 2))], {
    mode: 'nearest',
    coordinate_transformation_mode: 'asymmetric',
    nearest_mode: 'floor',
  });

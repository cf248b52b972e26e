import type { GraphBuilder, Value } from '../onnx/graph-builder.ts';
import { add, concat, multiply, reshape, sigmoid, subtract } from '../onnx/operators.ts';
import { convolve } from './convolve.ts';
import type { NodeReader } from './node-reader.ts';
import { type TranslatedType, TranslatedValue } from './translated-value.ts';

/** Translates one node: its outputs, most often one. */
export type Translate = (graph: GraphBuilder, node: NodeReader) => readonly TranslatedValue[];

const one =
  (translate: (graph: GraphBuilder, node: NodeReader) => TranslatedValue): Translate =>
  (graph, node) => [translate(graph, node)];

/** Every operator that is translated, by TensorFlow's name. Semantics: tensorflow.org/api_docs/python/tf/raw_ops. */
export const translations: Readonly<Record<string, Translate>> = {
  Identity: one((_, node) => node.input(0)),
  Cast: one(cast),

  AddV2: one(elementwise(add)),
  Add: one(elementwise(add)),
  BiasAdd: one(elementwise(add)),
  Sub: one(elementwise(subtract)),
  Mul: one(elementwise(multiply)),
  RealDiv: one(elementwise((graph, a, b) => graph.node('Div', [a, b]))),
  Maximum: one(elementwise((graph, a, b) => graph.node('Max', [a, b]))),
  Minimum: one(elementwise((graph, a, b) => graph.node('Min', [a, b]))),
  FloorDiv: one(elementwise(floorDivide)),
  SquaredDifference: one(
    elementwise((graph, a, b) => {
      const difference = subtract(graph, a, b);
      return multiply(graph, difference, difference);
    }),
  ),

  Sigmoid: one(unary(sigmoid)),
  Sqrt: one(unary((graph, x) => graph.node('Sqrt', [x]))),
  Relu: one(unary((graph, x) => graph.node('Relu', [x]))),
  Relu6: one(unary((graph, x) => graph.node('Clip', [x, graph.scalar(0), graph.scalar(6)]))),

  Reshape: one((graph, node) => {
    const x = node.input(0);
    const asked = node.integers(1);
    const rest = asked.reduce((product, side) => (side === -1 ? product : product * side), 1);
    const shape = asked.map((side) => (side === -1 ? x.size / rest : side));
    const size = shape.reduce((product, side) => product * side, 1);
    if (size !== x.size || !shape.every(Number.isInteger)) node.refuse(`shape [${x.shape}] is no [${asked}]`);
    return reshaped(graph, x, shape);
  }),
  ExpandDims: one((graph, node) => {
    const x = node.input(0);
    const axis = node.axis(node.integer(1), x.rank + 1);
    return reshaped(graph, x, [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)]);
  }),
  Squeeze: one((graph, node) => {
    const x = node.input(0);
    const named = node.numbers('squeeze_dims').map((axis) => node.axis(axis, x.rank));
    const gone = (axis: number) => (named.length === 0 ? x.shape[axis] === 1 : named.includes(axis));
    if (named.some((axis) => x.shape[axis] !== 1)) node.refuse(`shape [${x.shape}] has no side of 1 there`);
    return reshaped(
      graph,
      x,
      x.shape.filter((_, axis) => !gone(axis)),
    );
  }),
  Pack: one((graph, node) => {
    const first = node.input(0);
    const axis = node.axis(node.number('axis', 0), first.rank + 1);
    const shape = [...first.shape.slice(0, axis), 1, ...first.shape.slice(axis)];
    const pieces = node.inputs.map((x) => {
      if (x.shape.join() !== first.shape.join()) node.refuse('inputs differ in shape');
      return reshape(graph, x.channelsLast(), shape);
    });
    shape[axis] = pieces.length;
    return TranslatedValue.of(graph, concat(graph, pieces, axis), shape, first.type);
  }),
  Unpack: (graph, node) => {
    const x = node.input(0);
    const axis = node.axis(node.number('axis', 0), x.rank);
    const count = node.number('num');
    if (x.shape[axis] !== count) node.refuse(`shape [${x.shape}] has no ${count} pieces`);
    const shape = x.shape.filter((_, i) => i !== axis);
    const pieces =
      count === 1
        ? [x.channelsLast()]
        : graph.nodeWithOutputs(count, 'Split', [x.channelsLast()], { axis, num_outputs: count });
    return pieces.map((piece) => TranslatedValue.of(graph, reshape(graph, piece, shape), shape, x.type));
  },
  ConcatV2: one((graph, node) => {
    const values = node.inputs.slice(0, -1);
    const first = node.input(0);
    const axis = node.axis(node.integer(node.inputs.length - 1), first.rank);
    const shape = [...first.shape];
    shape[axis] = values.reduce((sum, value) => sum + value.shape[axis], 0);
    const joined = concat(
      graph,
      values.map((value) => value.channelsLast()),
      axis,
    );
    return TranslatedValue.of(graph, joined, shape, first.type);
  }),
  GatherNd: one((graph, node) => {
    const [table, indices] = [node.input(0), node.input(1)];
    const depth = indices.shape[indices.rank - 1];
    const value = graph.node('GatherND', [table.channelsLast(), indices.channelsLast()]);
    return TranslatedValue.of(
      graph,
      value,
      [...indices.shape.slice(0, -1), ...table.shape.slice(depth)],
      table.type,
    );
  }),
  ArgMax: one((graph, node) => {
    const x = node.input(0);
    const axis = node.axis(node.integer(1), x.rank);
    const value = graph.node('ArgMax', [x.channelsLast()], { axis, keepdims: 0 });
    return TranslatedValue.of(
      graph,
      value,
      x.shape.filter((_, i) => i !== axis),
      'int64',
    );
  }),

  ResizeBilinear: one((graph, node) => {
    const x = node.input(0);
    const [height, width] = node.integers(1);
    const [batch, fromHeight, fromWidth, channels] = x.shape;
    const mode = node.flag('half_pixel_centers')
      ? 'half_pixel'
      : node.flag('align_corners')
        ? 'align_corners'
        : 'asymmetric';
    const scales = Float32Array.of(1, 1, height / fromHeight, width / fromWidth);
    const value = graph.node(
      'Resize',
      [x.channelsSecond(), '', graph.floats(`resize scales ${scales.join()}`, [4], scales)],
      { mode: 'linear', coordinate_transformation_mode: mode },
    );
    return TranslatedValue.channelsSecond(graph, value, [batch, height, width, channels]);
  }),

  Conv2D: one((graph, node) => convolve(graph, node, 'full')),
  _FusedConv2D: one((graph, node) => convolve(graph, node, 'full')),
  DepthwiseConv2dNative: one((graph, node) => convolve(graph, node, 'depthwise')),
  FusedDepthwiseConv2dNative: one((graph, node) => convolve(graph, node, 'depthwise')),
};

function cast(graph: GraphBuilder, node: NodeReader): TranslatedValue {
  const x = node.input(0);
  const asked = node.attribute('DstT', 'type')?.value;
  const type: TranslatedType | undefined =
    asked === 'DT_FLOAT' ? 'float32' : asked === 'DT_INT32' ? 'int64' : undefined;
  if (type === undefined) return node.refuse(`target ${asked} is not known`);
  if (type === x.type) return x;
  const value = graph.node('Cast', [x.channelsLast()], { to: type === 'float32' ? 1 : 7 });
  return TranslatedValue.of(graph, value, x.shape, type);
}

function reshaped(graph: GraphBuilder, x: TranslatedValue, shape: readonly number[]): TranslatedValue {
  return TranslatedValue.of(graph, reshape(graph, x.channelsLast(), shape), shape, x.type, x.constant);
}

function unary(apply: (graph: GraphBuilder, x: Value) => Value) {
  return (graph: GraphBuilder, node: NodeReader): TranslatedValue => {
    const x = node.input(0);
    return x.isChannelsSecond
      ? TranslatedValue.channelsSecond(graph, apply(graph, x.channelsSecond()), x.shape)
      : TranslatedValue.of(graph, apply(graph, x.channelsLast()), x.shape, x.type);
  };
}

/** Broadcasts as NumPy does; stays with channels second where both sides can. */
function elementwise(apply: (graph: GraphBuilder, a: Value, b: Value) => Value) {
  return (graph: GraphBuilder, node: NodeReader): TranslatedValue => {
    const [a, b] = [node.input(0), node.input(1)];
    const shape = broadcast(a.shape, b.shape) ?? node.refuse(`shapes [${a.shape}] and [${b.shape}] differ`);
    const isTurned = (x: TranslatedValue) => x.rank === 4 || x.size === 1;
    if ((a.isChannelsSecond || b.isChannelsSecond) && isTurned(a) && isTurned(b)) {
      const side = (x: TranslatedValue) => (x.rank === 4 ? x.channelsSecond() : x.channelsLast());
      return TranslatedValue.channelsSecond(graph, apply(graph, side(a), side(b)), shape);
    }
    return TranslatedValue.of(graph, apply(graph, a.channelsLast(), b.channelsLast()), shape, a.type);
  };
}

/** Rounds towards minus infinity; ONNX's integer Div rounds towards zero. */
function floorDivide(graph: GraphBuilder, a: Value, b: Value): Value {
  const float = (x: Value) => graph.node('Cast', [x], { to: 1 });
  // Places in a picture are far below 2^24, where float32 stops holding whole numbers.
  const quotient = graph.node('Div', [float(a), float(b)]);
  return graph.node('Cast', [graph.node('Floor', [quotient])], { to: 7 });
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const [m, n] = [a[a.length - rank + axis] ?? 1, b[b.length - rank + axis] ?? 1];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}

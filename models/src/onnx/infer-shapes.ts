import { StablePoseError } from '@stable-pose/core/errors';
import type { GraphPlan } from './graph-builder.ts';
import type { Attribute, OnnxNode } from './onnx-graph.ts';

/** What is known of a value: its shape, and its elements when it is a small integer tensor that shapes depend on. */
interface Known {
  readonly shape: readonly number[];
  readonly integers?: readonly number[];
}

/**
 * The shape of every value of a graph, at given sizes of its inputs: what costs and largest tensors are counted from.
 * @param inputs shape of each graph input by name
 * @returns shape by value name; weights and constants included
 * @throws invalid-input when an input's shape is missing; internal when a node's shapes do not fit
 */
export function inferShapes(
  plan: GraphPlan,
  inputs: Readonly<Record<string, readonly number[]>>,
): Map<string, readonly number[]> {
  const known = new Map<string, Known>();
  for (const input of plan.inputs) {
    const shape = inputs[input.name];
    if (!shape) {
      throw new StablePoseError(
        'invalid-input',
        `Shapes of ${plan.name} need the size of input ${input.name}.`,
      );
    }
    known.set(input.name, { shape });
  }
  for (const weight of plan.weights) known.set(weight.name, { shape: weight.dims });
  for (const constant of plan.constants) {
    if (constant.type === 'int64' && constant.data.kind === 'inline') {
      const { buffer, byteOffset, length } = constant.data.bytes;
      const integers = Array.from(new BigInt64Array(buffer, byteOffset, length / 8), Number);
      known.set(constant.name, { shape: constant.dims, integers });
    } else {
      known.set(constant.name, { shape: constant.dims });
    }
  }
  for (const node of plan.nodes) {
    const of = node.inputs.map((name) => (name === '' ? undefined : known.get(name)));
    const results = infer(node, of);
    node.outputs.forEach((name, index) => {
      known.set(name, results[index] ?? results[0]!);
    });
  }
  return new Map([...known].map(([name, { shape }]) => [name, shape]));
}

const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);

function infer(node: OnnxNode, inputs: readonly (Known | undefined)[]): Known[] {
  const fail = (why: string): never => {
    const shapes = inputs.map((known) => `[${known?.shape}]`).join(', ');
    throw new StablePoseError('internal', `${node.opType} of ${node.inputs.join(', ')} (${shapes}): ${why}.`);
  };
  const at = (index: number): Known => inputs[index] ?? fail(`no input ${index}`);
  const list = (index: number): readonly number[] =>
    at(index).integers ?? fail(`input ${index} is not constant`);
  const x = () => at(0).shape;
  const axisOf = (name: string, rank: number): number => {
    const axis = integer(node.attributes[name], 0);
    return axis < 0 ? axis + rank : axis;
  };

  switch (node.opType) {
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
    case 'Min':
    case 'Max':
    case 'Greater':
    case 'Less':
    case 'Where': {
      const shapes = node.inputs.map((_, index) => at(index).shape);
      const shape = shapes.reduce((a, b) => broadcast(a, b) ?? fail('the shapes do not broadcast'));
      return [{ shape, integers: elementwise(node.opType, inputs) }];
    }
    case 'Sigmoid':
    case 'Relu':
    case 'Gelu':
    case 'Softmax':
    case 'Cast':
    case 'Identity':
    case 'LayerNormalization':
    case 'InstanceNormalization':
    case 'Clip':
    case 'Trilu':
      return [at(0)];
    case 'Shape': {
      const end = node.attributes.end === undefined ? x().length : integer(node.attributes.end, 0);
      const integers = x().slice(integer(node.attributes.start, 0), end);
      return [{ shape: [integers.length], integers }];
    }
    case 'Reshape': {
      const asked = list(1).map((dim, index) => (dim === 0 ? x()[index]! : dim));
      const rest = product(asked.filter((dim) => dim !== -1));
      const shape = asked.map((dim) => (dim === -1 ? product(x()) / rest : dim));
      if (product(shape) !== product(x()) || !shape.every(Number.isInteger)) fail(`cannot become [${asked}]`);
      return [{ shape, integers: at(0).integers }];
    }
    case 'Transpose':
      return [{ shape: integerList(node.attributes.perm).map((axis) => x()[axis]!) }];
    case 'Unsqueeze': {
      const shape = [...x()];
      for (const axis of list(1)) shape.splice(axis < 0 ? axis + shape.length + 1 : axis, 0, 1);
      return [{ shape }];
    }
    case 'Concat': {
      const axis = axisOf('axis', x().length);
      const shape = [...x()];
      shape[axis] = inputs.reduce((sum, _, index) => sum + at(index).shape[axis]!, 0);
      const integers = inputs.every((known) => known?.integers)
        ? inputs.flatMap((_, index) => list(index))
        : undefined;
      return [{ shape, integers }];
    }
    case 'Split': {
      const axis = axisOf('axis', x().length);
      const count = integer(node.attributes.num_outputs, 1);
      const size = Math.ceil(x()[axis]! / count);
      return node.outputs.map((_, index) => {
        const shape = [...x()];
        shape[axis] = Math.min(size, x()[axis]! - size * index);
        if (shape[axis] <= 0) fail(`cannot be cut into ${count} pieces`);
        return { shape };
      });
    }
    case 'Slice': {
      const shape = [...x()];
      list(3).forEach((axis, index) => {
        const size = x()[axis]!;
        shape[axis] = Math.min(list(2)[index]!, size) - list(1)[index]!;
        if (shape[axis] < 0) fail('the slice is outside');
      });
      return [{ shape }];
    }
    case 'Gather': {
      const axis = axisOf('axis', x().length);
      return [{ shape: [...x().slice(0, axis), ...at(1).shape, ...x().slice(axis + 1)] }];
    }
    case 'Expand':
      return [{ shape: broadcast(x(), list(1)) ?? fail('the shapes do not broadcast') }];
    case 'ReduceMin': {
      const axes = list(1);
      return [{ shape: x().map((dim, axis) => (axes.includes(axis) ? 1 : dim)) }];
    }
    case 'Resize':
      return [{ shape: x().map((dim, axis) => (axis >= 2 ? dim * 2 : dim)) }];
    // Of 2 x 2, stride 2: the only one that is written.
    case 'AveragePool':
      return [{ shape: x().map((dim, axis) => (axis >= 2 ? Math.floor(dim / 2) : dim)) }];
    case 'MatMul': {
      const [a, b] = [x(), at(1).shape];
      if (a[a.length - 1] !== b[b.length - 2]) fail('the inner dimensions differ');
      const outer =
        broadcast(a.slice(0, -2), b.slice(0, -2)) ?? fail('the outer dimensions do not broadcast');
      return [{ shape: [...outer, a[a.length - 2]!, b[b.length - 1]!] }];
    }
    case 'Gemm': {
      const weight = at(1).shape;
      if (x()[1] !== weight[1]) fail('the inner dimensions differ');
      return [{ shape: [x()[0]!, weight[0]!] }];
    }
    case 'MultiHeadAttention':
      return [at(0)];
    case 'Conv': {
      const weight = at(1).shape;
      if (x()[1] !== weight[1]) fail('the channels differ');
      const pads = integerList(node.attributes.pads);
      const stride = integerList(node.attributes.strides)[0]!;
      const side = (axis: number) =>
        Math.floor((x()[axis + 2]! + pads[axis]! + pads[axis + 2]! - weight[axis + 2]!) / stride) + 1;
      return [{ shape: [x()[0]!, weight[0]!, side(0), side(1)] }];
    }
    case 'Pad': {
      const pads = list(1);
      const rank = x().length;
      return [{ shape: x().map((dim, axis) => dim + pads[axis]! + pads[axis + rank]!) }];
    }
    default:
      return fail('its shape rule is not known');
  }
}

function integer(attribute: Attribute | undefined, fallback: number): number {
  return typeof attribute === 'number' ? attribute : fallback;
}

function integerList(attribute: Attribute | undefined): readonly number[] {
  return Array.isArray(attribute) ? (attribute as readonly number[]) : [];
}

function broadcast(a: readonly number[], b: readonly number[]): readonly number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const shape: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) {
    const [m, n] = [a[a.length - rank + axis] ?? 1, b[b.length - rank + axis] ?? 1];
    if (m !== n && m !== 1 && n !== 1) return undefined;
    shape.push(m === 1 ? n : m);
  }
  return shape;
}

/** The elements of an arithmetic node on integer lists, as shapes are computed from; undefined otherwise. */
function elementwise(opType: string, inputs: readonly (Known | undefined)[]): readonly number[] | undefined {
  const lists = inputs.map((known) => known?.integers);
  if (lists.length !== 2 || !lists[0] || !lists[1]) return undefined;
  const [a, b] = lists as [readonly number[], readonly number[]];
  const combine: Partial<Record<string, (m: number, n: number) => number>> = {
    Add: (m, n) => m + n,
    Sub: (m, n) => m - n,
    Mul: (m, n) => m * n,
    Div: (m, n) => Math.trunc(m / n),
    Min: Math.min,
    Max: Math.max,
  };
  const rule = combine[opType];
  if (!rule) return undefined;
  return Array.from({ length: Math.max(a.length, b.length) }, (_, index) =>
    rule(a[index % a.length]!, b[index % b.length]!),
  );
}

import type { GraphBuilder, LowRankBranch, Value } from './graph-builder.ts';
import { add, multiply, slice } from './operators.ts';

export interface ConvolutionOptions {
  /** Side of the square kernel; 3 when left out. */
  readonly kernel?: number;
  readonly stride?: number;
  /** [top, left, bottom, right]; half the kernel on every side when left out. */
  readonly padding?: readonly [number, number, number, number];
}

/** One layer that multiplies by a weight: what a low-rank branch can be added to. */
interface WeightedLayer {
  readonly key: string;
  readonly shape: readonly number[];
  /** The shape in which the graph wants the weight; the same bytes. */
  readonly dims: readonly number[];
  readonly bias: boolean;
  /** Applies a weight (named by its graph value) with or without a bias. */
  readonly apply: (x: Value, weight: Value, bias: Value | undefined, role: 'whole' | 'down' | 'up') => Value;
  /** The shape in which the graph wants a low-rank tensor. */
  readonly branchDims: (shape: readonly number[], role: 'down' | 'up') => readonly number[];
}

/**
 * The one place where a weight meets its input. Adds every low-rank branch that is known for the weight:
 * y = W x + b + sum_i strength_i * scale_i * up_i(down_i(x))  (LoRA, arXiv 2106.09685), so the weights stay untouched and
 * the strengths stay inputs.
 */
function weighted(graph: GraphBuilder, x: Value, layer: WeightedLayer): Value {
  const weight = graph.weight(`${layer.key}.weight`, layer.shape, layer.dims);
  const bias = layer.bias ? graph.weight(`${layer.key}.bias`, [layer.shape[0]!]) : undefined;
  let y = layer.apply(x, weight, bias, 'whole');
  for (const branch of graph.lowRank(`${layer.key}.weight`)) {
    const down = graph.weightOf(
      branch.source,
      branch.downKey,
      branch.downShape,
      layer.branchDims(branch.downShape, 'down'),
    );
    const up = graph.weightOf(
      branch.source,
      branch.upKey,
      branch.upShape,
      layer.branchDims(branch.upShape, 'up'),
    );
    const low = layer.apply(x, down, undefined, 'down');
    // The narrow middle is scaled, not the wide end.
    const scaled = multiply(graph, low, branchStrength(graph, branch));
    y = add(graph, y, layer.apply(scaled, up, undefined, 'up'));
  }
  return y;
}

function branchStrength(graph: GraphBuilder, branch: LowRankBranch): Value {
  return graph.once(`strength ${branch.index} x ${branch.scale}`, () => {
    const strengths = graph.input('lora_strengths', 'float32', ['L']);
    const strength = slice(graph, strengths, 0, branch.index, branch.index + 1);
    return multiply(graph, strength, graph.scalar(branch.scale));
  });
}

export interface LinearOptions {
  readonly from: number;
  readonly to: number;
  /** True when left out. */
  readonly bias?: boolean;
  /** The checkpoint stores the weight as a 1x1 convolution. */
  readonly storedAsConvolution?: boolean;
}

/** `[rows, from] -> [rows, to]`. The weight is `[to, from]` as checkpoints store it, so Gemm takes it as it lies. */
export function linear(graph: GraphBuilder, x: Value, key: string, options: LinearOptions): Value {
  const { from, to, bias = true, storedAsConvolution = false } = options;
  return weighted(graph, x, {
    key,
    shape: storedAsConvolution ? [to, from, 1, 1] : [to, from],
    dims: [to, from],
    bias,
    apply: (input, weight, shift) =>
      graph.node('Gemm', shift === undefined ? [input, weight] : [input, weight, shift], { transB: 1 }),
    // A kohya file may store a linear layer's branch as a 1x1 convolution.
    branchDims: (shape) => shape.slice(0, 2),
  });
}

/** `[B, from, h, w] -> [B, to, h', w']`. */
export function convolution(
  graph: GraphBuilder,
  x: Value,
  key: string,
  from: number,
  to: number,
  options: ConvolutionOptions = {},
): Value {
  const { kernel = 3, stride = 1 } = options;
  const half = Math.floor(kernel / 2);
  const padding = options.padding ?? [half, half, half, half];
  return weighted(graph, x, {
    key,
    shape: [to, from, kernel, kernel],
    dims: [to, from, kernel, kernel],
    bias: true,
    apply: (input, weight, shift, role) => {
      // The down half carries the kernel and the stride; the up half is 1x1.
      const side = role === 'up' ? 1 : kernel;
      const inputs = shift === undefined ? [input, weight] : [input, weight, shift];
      return graph.node('Conv', inputs, {
        kernel_shape: [side, side],
        strides: role === 'up' ? [1, 1] : [stride, stride],
        pads: role === 'up' ? [0, 0, 0, 0] : padding,
      });
    },
    // A branch of a 1x1 convolution may be stored as a plain matrix.
    branchDims: (shape) => (shape.length === 4 ? shape : [...shape, 1, 1]),
  });
}

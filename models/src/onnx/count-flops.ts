import type { GraphPlan } from './graph-builder.ts';
import { inferShapes } from './infer-shapes.ts';

export interface GraphCost {
  /** Floating-point operations of convolutions, matrix products and attention, a multiply-add counted as two. */
  readonly flops: number;
  /** The same by operator. */
  readonly byOperator: Readonly<Record<string, number>>;
  /** The largest intermediate tensor, in bytes (float32), and the node that makes it. */
  readonly largestTensor: {
    readonly bytes: number;
    readonly node: string;
    readonly shape: readonly number[];
  };
}

/**
 * Counts what a graph costs at given input sizes, from its nodes.
 * @param inputs shape of each graph input by name
 */
export function countFlops(plan: GraphPlan, inputs: Readonly<Record<string, readonly number[]>>): GraphCost {
  const shapes = inferShapes(plan, inputs);
  const shapeOf = (name: string) => shapes.get(name) ?? [];
  const product = (dims: readonly number[]) => dims.reduce((a, b) => a * b, 1);
  const byOperator: Record<string, number> = {};
  let largestTensor: GraphCost['largestTensor'] = { bytes: 0, node: '', shape: [] };
  for (const node of plan.nodes) {
    const [a, b] = node.inputs.map(shapeOf);
    const out = shapeOf(node.outputs[0]!);
    let flops = 0;
    if (node.opType === 'Conv') flops = 2 * product(out) * product(b!.slice(1));
    if (node.opType === 'Gemm') flops = 2 * product(out) * b![1]!;
    if (node.opType === 'MatMul') flops = 2 * product(out) * a![a!.length - 1]!;
    // q k^T and weights times v.
    if (node.opType === 'MultiHeadAttention') flops = 4 * product(a!) * b![1]!;
    if (flops > 0) byOperator[node.opType] = (byOperator[node.opType] ?? 0) + flops;
    for (const output of node.outputs) {
      const bytes = product(shapeOf(output)) * 4;
      if (bytes > largestTensor.bytes) {
        largestTensor = { bytes, node: `${node.opType}:${output}`, shape: shapeOf(output) };
      }
    }
  }
  const flops = Object.values(byOperator).reduce((sum, count) => sum + count, 0);
  return { flops, byOperator, largestTensor };
}

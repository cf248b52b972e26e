import type { CopiedWeight, GraphSource } from '@stable-pose/core/contract';
import { encodeModel } from './encode-model.ts';
import { findWeights } from './find-weights.ts';
import type { GraphPlan } from './graph-builder.ts';
import type { WeightCheckpoint } from './weight-checkpoint.ts';

/** A graph ready to be loaded, and what could not stay where it lies. */
export interface CompiledGraph extends GraphSource {
  readonly copied: readonly CopiedWeight[];
  readonly castBytes: number;
}

/** A plan with its weights found and its ONNX bytes written. */
export async function compileGraph(
  plan: GraphPlan,
  checkpoints: Readonly<Record<string, WeightCheckpoint>>,
): Promise<CompiledGraph> {
  const { graph, externalData, copied, castBytes, weightBytes } = await findWeights(plan, checkpoints);
  return { name: plan.name, model: encodeModel(graph), externalData, weightBytes, copied, castBytes };
}

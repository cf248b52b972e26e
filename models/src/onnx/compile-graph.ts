import type { CopiedWeight, GraphSource } from '@stable-pose/core/contract';
import { encodeModel } from './encode-model.ts';
import { findWeights } from './find-weights.ts';
import type { GraphPlan } from './graph-builder.ts';
import type { WeightCheckpoint } from './weight-checkpoint.ts';
import type { CutFiles } from './weight-places.ts';
import type { WeightScratch } from './weight-scratch.ts';

/** A graph ready to be loaded, and what is not used where it lies as it is. */
export interface CompiledGraph extends GraphSource {
  readonly copied: readonly CopiedWeight[];
}

/** A plan with its weights found and its ONNX bytes written. See {@link findWeights}. */
export async function compileGraph(
  plan: GraphPlan,
  checkpoints: Readonly<Record<string, WeightCheckpoint>>,
  scratch?: WeightScratch,
  cut?: CutFiles,
): Promise<CompiledGraph> {
  const { graph, externalData, copied, weightBytes } = await findWeights(plan, checkpoints, scratch, cut);
  return { name: plan.name, model: encodeModel(graph), externalData, weightBytes, copied };
}

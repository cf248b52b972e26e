import { StablePoseError } from '@stable-pose/core/errors';
import type { GraphPlan } from '../onnx/graph-builder.ts';

export type Shape = readonly number[];
/** Shapes of a checkpoint's tensors by key. */
export type TensorShapes = ReadonlyMap<string, Shape>;

/** The tensors that graphs need, by key: what an architecture expects of a checkpoint. */
export function neededTensors(...plans: readonly GraphPlan[]): Map<string, Shape> {
  const needed = new Map<string, Shape>();
  for (const plan of plans) {
    for (const weight of plan.weights) {
      if (weight.source === 'model') needed.set(weight.key, weight.shape);
    }
  }
  return needed;
}

/** The shape of a tensor that an architecture cannot do without. */
export function shapeAt(shapes: TensorShapes, key: string, rank: number, what: string): Shape {
  const shape = shapes.get(key);
  if (shape?.length !== rank) {
    throw new StablePoseError(
      'tensor-mismatch',
      `${what} needs a tensor ${key} with ${rank} dimensions, ${shape ? `found [${shape}]` : 'found none'}.`,
      { remedy: 'Check that the file holds this part of the model.', details: { key, shape: shape ?? null } },
    );
  }
  return shape;
}

/** How many of `prefix0`, `prefix1`, ... have a tensor. */
export function countAt(shapes: TensorShapes, prefix: string): number {
  const found = new Set<number>();
  for (const key of shapes.keys()) {
    if (!key.startsWith(prefix)) continue;
    const digits = /^\d+/.exec(key.slice(prefix.length));
    if (digits) found.add(Number(digits[0]));
  }
  let count = 0;
  while (found.has(count)) count += 1;
  return count;
}

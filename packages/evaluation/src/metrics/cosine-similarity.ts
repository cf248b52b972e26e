import { cocoSigmas } from './keypoint-similarity.ts';
import type { MetricKeypoints } from './pose-set.ts';

export interface CosineSimilarityOptions {
  /** Divide x and y by the COCO sigmas first, so that precise joints weigh more. The paper's SAP (CAP) does. */
  readonly weighted?: boolean;
  /**
   * Compute as the released code does. There, the found pose's y vector is overwritten by its x vector, and its length
   * divides the asked pose's y vector instead of its own: a perfect pose scores about 0.8, not 1. Published SAP figures
   * were computed so.
   */
  readonly asReleased?: boolean;
}

/**
 * Cosine similarity of two poses, blind to place and size: over the joints annotated in `asked`, each axis is scaled to
 * [0, 1] and to unit length, and  similarity = cos([x, y], [x', y']).  In 0..1; NaN when fewer than two different
 * coordinates are annotated on an axis, because nothing can be scaled then.
 */
export function cosineSimilarity(
  asked: MetricKeypoints,
  found: MetricKeypoints,
  options: CosineSimilarityOptions = {},
): number {
  const joints = asked.flatMap(([, , confidence], i) => (confidence > 0 ? [i] : []));
  const axis = (pose: MetricKeypoints, coordinate: 0 | 1): number[] =>
    unitRange(joints.map((i) => pose[i]![coordinate] / (options.weighted ? cocoSigmas[i]! : 1)));
  const askedX = unitLength(axis(asked, 0));
  const askedY = unitLength(axis(asked, 1));
  const foundX = unitLength(axis(found, 0));
  const foundRawY = axis(found, 1);
  if (!options.asReleased) return cosine([...askedX, ...askedY], [...foundX, ...unitLength(foundRawY)]);
  const misplacedLength = length(foundRawY);
  return cosine([...askedX, ...askedY.map((value) => value / misplacedLength)], [...foundX, ...foundX]);
}

function unitRange(values: readonly number[]): number[] {
  const low = Math.min(...values);
  const range = Math.max(...values) - low;
  return values.map((value) => (value - low) / range);
}

function length(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}

function unitLength(values: readonly number[]): number[] {
  const norm = length(values);
  return values.map((value) => value / norm);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (length(a) * length(b));
}

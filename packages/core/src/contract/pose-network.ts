import type { GraphSource } from './graphs.ts';

/**
 * A network of MoveNet's kind: it finds the one person whose centre answers best, and where the centres of others are.
 *
 * graph   picture int32 [1,S,S,3], RGB 0 to 255; center_weights float32 [C,C,1], which multiply the answer for a centre in
 *         each cell before the best is taken
 *         -> keypoints [1,1,17,3] = (y, x, score), y and x as shares of the square, COCO's order;
 *            center_heat [1,C,C,1], 0 to 1, before the weights
 */
export interface PoseNetworkSource {
  readonly graph: GraphSource;
  /** S, pixels. */
  readonly side: number;
  /** C, cells a side. */
  readonly cells: number;
  /** The network's own, `[C,C,1]`: they favour the middle of the picture. */
  readonly centerWeights: Float32Array;
}

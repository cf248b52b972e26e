import type { GraphSource } from './graphs.ts';

export const eyesGraphs = ['keypoints', 'matte'] as const;
export type EyesGraph = (typeof eyesGraphs)[number];

/**
 * A network that sees keypoints as heat maps, and people as a matte. Two graphs over one trunk.
 *
 * keypoints   picture float32 [B,4,H,W]: RGB in [-1, 1], then 1 inside the asked person's box and 0 elsewhere
 *             -> heat_maps [B,17,H/s,W/s]: logits; the softmax over a keypoint's cells and one cell more of logit 0, "nowhere"
 * matte       picture [B,4,H,W] with 0 in the fourth channel -> matte [B,1,H,W], 0 to 1
 *
 * H and W are multiples of 32.
 */
export interface EyesNetworkSource {
  /** @throws tensor-mismatch, checkpoint-corrupt */
  graph(part: EyesGraph): Promise<GraphSource>;
  /** Side of the square that keypoints are looked for in, pixels. */
  readonly poseSide: number;
  /** Longer side of the picture that a matte is made at, pixels. */
  readonly matteSide: number;
  /** s: pixels a heat-map cell. */
  readonly heatStride: number;
  /** How much the asked box is widened on each side, in its longer side. */
  readonly boxMargin: number;
  /** How much more the square around it holds on each side, in the box's longer side. */
  readonly cropMargin: number;
  /** Cells around a heat map's peak that its place and confidence are read from: a square of 2 window + 1. */
  readonly window: number;
  /** Closes the weights' file; its graphs must not be loaded after. */
  dispose(): Promise<void>;
}

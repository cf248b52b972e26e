import type { Raster } from '@stable-pose/core';

/** Features of one picture, or of one text: finite numbers, as many as the network's `width`. */
export type Features = ArrayLike<number>;

/** Turns pictures into vectors whose distribution FID and KID compare. */
export interface FeatureNetwork {
  /** Named in reports: figures of two networks must never stand in one column. */
  readonly name: string;
  /** Numbers a picture; 2048 for Inception's pool. */
  readonly width: number;
  /** One vector a picture, in order. @throws invalid-image, cancelled, and what running a graph throws */
  features(
    pictures: readonly Raster[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Features[]>;
  dispose(): Promise<void>;
}

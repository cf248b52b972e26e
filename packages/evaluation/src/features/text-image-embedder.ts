import type { Raster } from '@stable-pose/core';
import type { Features } from './feature-network.ts';

/** Texts and pictures as vectors in one space, as CLIP makes them. */
export interface TextImageEmbedder {
  /** Named in reports: figures of two embedders must never stand in one column. */
  readonly name: string;
  /** One vector a text, of any length. @throws cancelled, and what running a graph throws */
  embedTexts(
    texts: readonly string[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Features[]>;
  /** One vector a picture, in the same space. @throws invalid-image, cancelled */
  embedPictures(
    pictures: readonly Raster[],
    options?: { readonly signal?: AbortSignal },
  ): Promise<readonly Features[]>;
  dispose(): Promise<void>;
}

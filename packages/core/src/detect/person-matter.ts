import type { Raster } from '../image/index.ts';

/** How one matte is made. */
export interface MatteOptions {
  readonly signal?: AbortSignal;
}

/** Tells the people in a picture from its background. */
export interface PersonMatter {
  /** One channel of the picture's size: 255 where people are, 0 where not, soft between. @throws invalid-image, cancelled */
  matte(picture: Raster, options?: MatteOptions): Promise<Raster>;
  dispose(): Promise<void>;
}

import { type Raster, raster, StablePoseError } from '@stable-pose/core';
import { drawPicture } from './drawn-picture.ts';

/** A picture that people brought, as the page shows it and as engines read it. */
export interface GivenPicture {
  /** Object URL; whoever holds the picture revokes it. */
  readonly url: string;
  readonly width: number;
  readonly height: number;
  readonly raster: Raster;
  /** Of the url. */
  readonly blob: Blob;
}

/** Larger ones are scaled down at opening: twelve thousand pixels a side would take half a gigabyte, and nobody sees them. */
const longestSide = 2048;

/** @throws invalid-image */
export async function openPicture(blob: Blob): Promise<GivenPicture> {
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(blob);
    const side = Math.max(bitmap.width, bitmap.height);
    if (side > longestSide) {
      const scale = longestSide / side;
      const options = {
        resizeWidth: Math.max(1, Math.round(bitmap.width * scale)),
        resizeHeight: Math.max(1, Math.round(bitmap.height * scale)),
        resizeQuality: 'high' as const,
      };
      const small = await createImageBitmap(bitmap, options);
      bitmap.close();
      bitmap = small;
    }
  } catch (cause) {
    throw new StablePoseError('invalid-image', 'This file is no picture that the page can open.', {
      remedy: 'Use a PNG, JPEG or WebP.',
      cause,
    });
  }
  const { width, height } = bitmap;
  const drawn = drawPicture(bitmap, (context) => context.drawImage(bitmap, 0, 0));
  bitmap.close();
  const shown = await drawn.png();
  return {
    url: URL.createObjectURL(shown),
    blob: shown,
    width,
    height,
    raster: raster(width, height, 4, new Uint8Array(drawn.pixels().data)),
  };
}

import { type Size, StablePoseError } from '@stable-pose/core';

/** What the page drew: its pixels, or a PNG of them. */
export interface DrawnPicture {
  pixels(): ImageData;
  png(): Promise<Blob>;
}

/**
 * Draws on a canvas of a size.
 * @throws invalid-image where the page gives no canvas, or none that can be written
 */
export function drawPicture(
  { width, height }: Size,
  draw: (context: CanvasRenderingContext2D) => void,
): DrawnPicture {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width, height });
  const context = canvas.getContext('2d');
  if (!context) throw new StablePoseError('invalid-image', 'The page has no canvas for pictures.');
  draw(context);
  return {
    pixels: () => context.getImageData(0, 0, width, height),
    png: async () => {
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
      if (blob) return blob;
      throw new StablePoseError('invalid-image', 'The page could not write a picture.');
    },
  };
}

import { readFile } from 'node:fs/promises';
import { StablePoseError } from '@stable-pose/core';
import sharp from 'sharp';

/**
 * Any picture file (PNG, JPEG, WebP, TIFF, AVIF, GIF, SVG) as a PNG in base64, turned upright as its camera says.
 * @throws file-not-found, invalid-image
 */
export async function readPicture(file: string): Promise<string> {
  const bytes = await readFile(file).catch((cause: NodeJS.ErrnoException) => {
    throw new StablePoseError(
      'file-not-found',
      `The picture ${file} ${cause.code === 'ENOENT' ? 'is not there' : 'cannot be read'}.`,
      {
        cause,
      },
    );
  });
  try {
    const png = await sharp(bytes).rotate().toColourspace('srgb').png().toBuffer();
    return png.toString('base64');
  } catch (cause) {
    throw new StablePoseError('invalid-image', `The file ${file} cannot be read as a picture.`, {
      remedy: 'Use PNG, JPEG, WebP or TIFF.',
      cause,
    });
  }
}

import { decodePng, type Raster } from '@stable-pose/core';
import { readPicture } from './read-picture.ts';

/** Any picture file as a raster. @throws file-not-found, invalid-image */
export async function readRaster(file: string): Promise<Raster> {
  return decodePng(Buffer.from(await readPicture(file), 'base64'));
}

import { StablePoseError } from '../errors.ts';
import { cropRaster, decodePng, type Raster, resizeRaster } from '../image/index.ts';
import type { Size } from '../pose/index.ts';

/**
 * A request's picture: PNG in base64, with or without a data: prefix.
 * @param field of the request, for the message
 * @throws invalid-image
 */
export function readPicture(base64: string, field: string): Raster {
  const text = base64.replace(/^data:[^,]*,/, '');
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new StablePoseError('invalid-image', `${field} is no base64.`, {
      remedy: 'Write a PNG picture in base64.',
      details: { field },
      cause,
    });
  }
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  try {
    return decodePng(bytes);
  } catch (error) {
    const failure = StablePoseError.from(error);
    throw new StablePoseError(failure.code, `${field}: ${failure.message}`, {
      details: { ...failure.details, field },
      cause: error,
    });
  }
}

/** Brings a picture to a size: `cover` fills it and cuts the rest off evenly, `stretch` bends it. */
export function fitPicture(picture: Raster, { width, height }: Size, fit: 'cover' | 'stretch'): Raster {
  if (fit === 'stretch') return resizeRaster(picture, width, height);
  const scale = Math.max(width / picture.width, height / picture.height);
  const scaled = resizeRaster(
    picture,
    Math.max(width, Math.round(picture.width * scale)),
    Math.max(height, Math.round(picture.height * scale)),
  );
  if (scaled.width === width && scaled.height === height) return scaled;
  const x = Math.floor((scaled.width - width) / 2);
  const y = Math.floor((scaled.height - height) / 2);
  return cropRaster(scaled, { x, y, width, height });
}

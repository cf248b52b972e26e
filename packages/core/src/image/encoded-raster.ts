import { decodePng, pngSize } from './png.ts';
import type { Raster } from './raster.ts';
import { transparentColour } from './transparent-colour.ts';

const files = new WeakMap<Raster, Uint8Array>();
/** By PNG's colour types of 8 bits a channel. */
const channelsOf: Readonly<Record<number, Raster['channels']>> = { 0: 1, 2: 3, 6: 4 };

/**
 * A PNG as a picture whose pixels are unpacked when somebody looks at them: whoever passes the picture on as a file pays for neither
 * unpacking nor packing. Its pixels are not to be changed, since {@link fileOf} would not know.
 * @throws invalid-image when the header is that of no PNG; the rest of the file is looked at with the pixels
 */
export function encodedRaster(png: Uint8Array): Raster {
  const { width, height } = pngSize(png);
  const [depth, type] = [png[24], png[25]];
  const channels = depth === 8 && !transparentColour(png) ? channelsOf[type] : undefined;
  if (channels === undefined) return decodePng(png);
  let data: Uint8Array | undefined;
  const picture: Raster = {
    width,
    height,
    channels,
    get data() {
      data ??= decodePng(png).data;
      return data;
    },
  };
  files.set(picture, png);
  return picture;
}

/** The PNG that a picture lies in, by {@link encodedRaster}. */
export function fileOf(picture: Raster): Uint8Array | undefined {
  return files.get(picture);
}

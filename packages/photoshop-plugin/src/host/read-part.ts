import {
  pasteRaster,
  type Raster,
  type Rectangle,
  raster,
  resizeRaster,
  type Size,
  StablePoseError,
  withChannels,
} from '@stable-pose/core';
import type { ImagingBounds, MaskResult } from '../photoshop/imaging.ts';
import { withImageData } from './with-image-data.ts';

/** A part of the canvas in another size, as the imaging module is asked for it. */
export interface PartRequest {
  readonly sourceBounds: ImagingBounds;
  readonly targetSize?: Size;
}

/**
 * Reads exactly `area` as exactly `size` through one of the imaging module's readers, which all give less: only what lies
 * within `content` may be asked for, what comes back is trimmed to what has pixels, in the coordinates of a pyramid level.
 * Whatever is not there stays 0.
 * @param content canvas pixels that may have something
 * @param read one call of the imaging module
 */
export async function readPart(
  area: Rectangle,
  size: Size,
  content: ImagingBounds,
  channels: 1 | 4,
  read: (request: PartRequest) => Promise<MaskResult & { readonly level?: number }>,
): Promise<Raster> {
  const empty = raster(size.width, size.height, channels);
  const sourceBounds = intersection(boundsOf(area), content);
  if (sourceBounds === undefined) return empty;
  const scale = { x: size.width / area.width, y: size.height / area.height };
  const wide = sourceBounds.right - sourceBounds.left;
  const high = sourceBounds.bottom - sourceBounds.top;
  // Photoshop only scales down; it does so from its pyramid, which costs a fraction of the full size.
  const isSmaller = scale.x < 1 && scale.y < 1;
  const targetSize = {
    width: Math.max(1, Math.round(wide * scale.x)),
    height: Math.max(1, Math.round(high * scale.y)),
  };
  const result = await read(isSmaller ? { sourceBounds, targetSize } : { sourceBounds });
  return withImageData(result.imageData, async (image) => {
    if (image.width === 0 || image.height === 0) return empty;
    const factor = 2 ** (result.level ?? 0);
    const { left, top, right, bottom } = result.sourceBounds;
    const x = Math.round((left * factor - area.x) * scale.x);
    const y = Math.round((top * factor - area.y) * scale.y);
    const width = Math.max(1, Math.round((right * factor - area.x) * scale.x) - x);
    const height = Math.max(1, Math.round((bottom * factor - area.y) * scale.y) - y);
    const seen = await pixelsOf(image);
    const wanted = channels === 1 ? seen : withChannels(seen, 4);
    const isSame = wanted.width === width && wanted.height === height;
    return pasteRaster(empty, isSame ? wanted : resizeRaster(wanted, width, height), x, y);
  });
}

async function pixelsOf(image: MaskResult['imageData']): Promise<Raster> {
  const { width, height, components } = image;
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new StablePoseError('host-failed', `Photoshop gave pixels of ${components} components.`);
  }
  const data = await image.getData({ chunky: true, fullRange: true });
  const bytes =
    data instanceof Uint8Array
      ? data.slice()
      : data instanceof Uint16Array
        ? Uint8Array.from(data, (value) => Math.round(value / 257))
        : Uint8Array.from(data, (value) => Math.round(Math.min(1, Math.max(0, value)) * 255));
  return raster(width, height, components, bytes);
}

export function boundsOf({ x, y, width, height }: Rectangle): ImagingBounds {
  return { left: x, top: y, right: x + width, bottom: y + height };
}

export function rectangleOf({ left, top, right, bottom }: ImagingBounds): Rectangle {
  return { x: left, y: top, width: right - left, height: bottom - top };
}

export function intersection(a: ImagingBounds, b: ImagingBounds): ImagingBounds | undefined {
  const left = Math.max(a.left, b.left);
  const top = Math.max(a.top, b.top);
  const right = Math.min(a.right, b.right);
  const bottom = Math.min(a.bottom, b.bottom);
  return right > left && bottom > top ? { left, top, right, bottom } : undefined;
}

import { StablePoseError } from '../errors.ts';
import { type Raster, raster } from './raster.ts';

/** Whole pixels; may reach over the picture's border. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A copy of a part of the picture. What lies outside the picture is 0 (black, and transparent with alpha).
 * @throws invalid-image when the rectangle has no whole-numbered place or size
 */
export function cropRaster(source: Raster, part: Rectangle): Raster {
  checkPlace(part);
  const target = raster(part.width, part.height, source.channels);
  copyOverlap(source, target, -part.x, -part.y);
  return target;
}

/** A copy of `base` with `patch` (of the same channels) laid over it at (x, y), clipped by the border. */
export function pasteRaster(base: Raster, patch: Raster, x: number, y: number): Raster {
  checkPlace({ x, y });
  if (base.channels !== patch.channels) {
    throw new StablePoseError(
      'invalid-image',
      `Pictures that are laid over each other need the same channels, got ${base.channels} and ${patch.channels}.`,
    );
  }
  const target = raster(base.width, base.height, base.channels, base.data.slice());
  copyOverlap(patch, target, x, y);
  return target;
}

function checkPlace(place: { readonly x: number; readonly y: number }): void {
  if (!Number.isInteger(place.x) || !Number.isInteger(place.y)) {
    throw new StablePoseError(
      'invalid-image',
      `A place in a picture is whole pixels, got (${place.x}, ${place.y}).`,
    );
  }
}

/** Copies into `target` what of `source`, whose corner lies at (x, y) in it, falls inside. */
function copyOverlap(source: Raster, target: Raster, x: number, y: number): void {
  const { channels } = source;
  const left = Math.max(0, x);
  const right = Math.min(target.width, x + source.width);
  if (left >= right) return;
  const last = Math.min(target.height, y + source.height);
  for (let row = Math.max(0, y); row < last; row++) {
    const from = ((row - y) * source.width + (left - x)) * channels;
    const to = (row * target.width + left) * channels;
    target.data.set(source.data.subarray(from, from + (right - left) * channels), to);
  }
}

import { StablePoseError } from '../errors.ts';

/** A picture of 8 bits a channel, row-major, channels interleaved, no row padding. */
export interface Raster {
  readonly width: number;
  readonly height: number;
  /** 1: a mask (0 outside, 255 inside); 3: RGB; 4: RGBA, alpha not premultiplied. */
  readonly channels: 1 | 3 | 4;
  /** `width * height * channels` bytes. */
  readonly data: Uint8Array;
}

/** The most pixels that a picture may have: beyond this a side is a mistake, and memory would be the next error. */
export const maxRasterPixels = 1 << 28;

/**
 * Checks a size and wraps `data` without a copy; a new black (and, with four channels, transparent) picture without it.
 * @throws invalid-image when a side is no whole number above 0, the picture is too large, or `data` has another length.
 */
export function raster(width: number, height: number, channels: 1 | 3 | 4, data?: Uint8Array): Raster {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new StablePoseError(
      'invalid-image',
      `A picture's sides must be whole numbers of 1 or more, got ${width} x ${height}.`,
      { details: { width, height } },
    );
  }
  if (width * height > maxRasterPixels) {
    throw new StablePoseError(
      'invalid-image',
      `A picture may have at most ${maxRasterPixels} pixels, got ${width} x ${height}.`,
      { remedy: 'Scale it down first.', details: { width, height } },
    );
  }
  const length = width * height * channels;
  if (data !== undefined && data.length !== length) {
    throw new StablePoseError(
      'invalid-image',
      `A picture of ${width} x ${height} with ${channels} channels has ${length} bytes, got ${data.length}.`,
      { details: { width, height, channels, bytes: data.length } },
    );
  }
  return { width, height, channels, data: data ?? new Uint8Array(length) };
}

/**
 * The same picture with another number of channels: grey is repeated, a missing alpha is opaque, a dropped alpha is laid
 * over `ground` (0-255, white unless told), and colour becomes grey by Rec. 601 luma. Returns the input when it fits.
 */
export function withChannels(source: Raster, channels: 1 | 3 | 4, ground = 255): Raster {
  if (source.channels === channels) return source;
  const target = raster(source.width, source.height, channels);
  const from = source.data;
  const to = target.data;
  const pixels = source.width * source.height;
  for (let i = 0; i < pixels; i++) {
    const at = i * source.channels;
    let red = from[at];
    let green = source.channels === 1 ? red : from[at + 1];
    let blue = source.channels === 1 ? red : from[at + 2];
    const alpha = source.channels === 4 ? from[at + 3] : 255;
    if (channels !== 4 && alpha !== 255) {
      red = overGround(red, alpha, ground);
      green = overGround(green, alpha, ground);
      blue = overGround(blue, alpha, ground);
    }
    if (channels === 1) {
      to[i] = source.channels === 1 ? red : Math.round(0.299 * red + 0.587 * green + 0.114 * blue);
    } else {
      const out = i * channels;
      to[out] = red;
      to[out + 1] = green;
      to[out + 2] = blue;
      if (channels === 4) to[out + 3] = alpha;
    }
  }
  return target;
}

function overGround(value: number, alpha: number, ground: number): number {
  return Math.round((value * alpha + ground * (255 - alpha)) / 255);
}

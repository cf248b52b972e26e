import { decode, encode } from 'fast-png';
import { StablePoseError } from '../errors.ts';
import { interlacedPasses, leanPng } from './lean-png.ts';
import { maxRasterPixels, type Raster, raster } from './raster.ts';
import { transparentColour } from './transparent-colour.ts';

/** What a PNG carries besides its pixels. */
export interface PngOptions {
  /** Latin-1 keywords (1 to 79 characters) and their texts, written as `tEXt`. */
  readonly text?: Readonly<Record<string, string>>;
}

/**
 * The picture as a PNG of 8 bits a channel. Deterministic: the same picture gives the same bytes.
 */
export function encodePng(picture: Raster, options: PngOptions = {}): Uint8Array {
  return encode({
    width: picture.width,
    height: picture.height,
    channels: picture.channels,
    depth: 8,
    data: picture.data,
    ...(options.text ? { text: { ...options.text } } : {}),
  });
}

/**
 * Reads a PNG of any colour type and depth, interlaced or not, into 8 bits a channel: 16 bits keep their upper eight, 1 to 4 bits and palettes
 * are expanded, grey with alpha becomes RGBA, and so does a picture in which one colour is see-through. The size is read, and refused, before
 * anything is unpacked, and the unpacked bytes are counted before they are kept.
 *
 * @throws invalid-image when it is no PNG, damaged, or larger than 2^28 pixels
 */
export function decodePng(bytes: Uint8Array): Raster {
  const size = pngSize(bytes);
  if (size.width * size.height > maxRasterPixels) {
    throw new StablePoseError(
      'invalid-image',
      `A picture may have at most ${maxRasterPixels} pixels, the PNG says ${size.width} x ${size.height}.`,
      { remedy: 'Scale it down first.', details: size },
    );
  }
  const lean = leanPng(bytes);
  const clear = transparentColour(bytes);
  // Depth and interlacing are the 25th and 29th byte. fast-png does not unfold the two together.
  return lean[24] < 8 && lean[28] === 1 ? interlaced(lean, size, clear) : plain(lean, clear);
}

/** A picture put together from the passes that an interlaced PNG holds. */
function interlaced(
  lean: Uint8Array,
  { width, height }: { width: number; height: number },
  clear: readonly number[] | undefined,
): Raster {
  const passes = interlacedPasses(lean).map(({ png, ...pass }) => ({ ...pass, picture: plain(png, clear) }));
  const { channels } = passes[0].picture;
  const target = raster(width, height, channels);
  for (const { picture, x, y, right, down } of passes) {
    for (let i = 0; i < picture.width * picture.height; i++) {
      const column = x + right * (i % picture.width);
      const row = y + down * Math.floor(i / picture.width);
      const pixel = picture.data.subarray(i * channels, (i + 1) * channels);
      target.data.set(pixel, (row * width + column) * channels);
    }
  }
  return target;
}

/** @param clear the colour that is see-through, at the file's depth */
function plain(lean: Uint8Array, clear: readonly number[] | undefined): Raster {
  const decoded = unpack(lean);
  const { width, height, channels, depth, palette } = decoded;
  const samples = samplesOf(decoded);
  if (palette !== undefined) {
    const wide = palette.some((colour) => colour.length > 3 && colour[3] !== 255) ? 4 : 3;
    const target = raster(width, height, wide);
    for (let i = 0; i < width * height; i++) {
      const colour = palette[samples[i]] ?? [0, 0, 0, 255];
      for (let c = 0; c < wide; c++) target.data[i * wide + c] = colour[c] ?? 255;
    }
    return target;
  }
  const bytes = inBytes(samples, depth);
  if (channels !== 2 && !clear) return raster(width, height, channels as 1 | 3 | 4, bytes);
  const target = raster(width, height, 4);
  for (let i = 0; i < width * height; i++) {
    const at = i * channels;
    for (let c = 0; c < 3; c++) target.data[4 * i + c] = bytes[channels === 3 ? at + c : at];
    const isClear = clear?.every((sample, c) => samples[at + c] === sample);
    target.data[4 * i + 3] = channels === 2 ? bytes[at + 1] : isClear ? 0 : 255;
  }
  return target;
}

function unpack(lean: Uint8Array): ReturnType<typeof decode> {
  try {
    return decode(lean);
  } catch (cause) {
    throw new StablePoseError('invalid-image', 'The PNG is damaged.', {
      remedy: 'Save the picture again.',
      cause,
    });
  }
}

const signature = [137, 80, 78, 71, 13, 10, 26, 10];

/**
 * Width and height as a PNG's header says them.
 * @throws invalid-image when they are not the start of a PNG
 */
export function pngSize(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 33 || signature.some((byte, i) => bytes[i] !== byte)) {
    throw new StablePoseError('invalid-image', 'The file is no PNG: it does not begin as one.', {
      remedy: 'Use a PNG picture.',
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

/** The numbers of the samples as they stand in the file, one an element, whatever their depth. */
function samplesOf(decoded: ReturnType<typeof decode>): ArrayLike<number> {
  const { data, width, height, channels, depth } = decoded;
  if (depth >= 8) return data;
  const perRow = width * channels;
  const samples = new Uint8Array(perRow * height);
  const bytesPerRow = Math.ceil((perRow * depth) / 8);
  const most = 2 ** depth - 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < perRow; x++) {
      const bit = x * depth;
      const byte = data[y * bytesPerRow + (bit >> 3)];
      samples[y * perRow + x] = (byte >> (8 - depth - (bit & 7))) & most;
    }
  }
  return samples;
}

/** Samples as bytes: the upper eight bits of sixteen; fewer than eight spread from 0 to 255. */
function inBytes(samples: ArrayLike<number>, depth: number): Uint8Array {
  if (depth === 8) return Uint8Array.from(samples);
  if (depth === 16) return Uint8Array.from(samples, (sample) => sample >> 8);
  const most = 2 ** depth - 1;
  return Uint8Array.from(samples, (sample) => (sample * 255) / most);
}

import { Unzlib, unzlibSync, zlibSync } from 'fflate';
import { StablePoseError } from '../errors.ts';

/** What the picture itself is made of. Everything else (profiles, texts, animation) is left unread. */
const neededChunks = new Set(['IHDR', 'IDAT', 'IEND']);
/** Of a picture of palette colours, these too. Elsewhere a palette is advice, and fast-png would take its colours for the picture's. */
const paletteChunks = new Set(['PLTE', 'tRNS']);

/** Compressed bytes a time: deflate grows by 1032 at most, so that a slice unpacks to 17 MB. */
const sliceLength = 2 ** 14;

/** Samples a pixel of PNG's colour types 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGBA. */
const samplesPerPixel: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Adam7's passes: first column, first row, step right, step down (PNG specification, 8.2). */
const adam7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/**
 * The PNG with the chunks that make its picture and no other, after its pixels were unpacked once, a slice at a time, and
 * found to be as many bytes as its header says: a small file cannot make a reader fill the memory.
 * @throws invalid-image when a chunk reaches over the end, the header is unknown, or the pixels are too few or too many
 */
export function leanPng(bytes: Uint8Array): Uint8Array {
  const chunks: Uint8Array[] = [bytes.subarray(0, 8)];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const expected = unpackedLength(view);
  const hasPalette = view.getUint8(25) === 3;
  let unpacked = 0;
  const inflate = new Unzlib((part) => {
    unpacked += part.length;
  });
  let at = 8;
  let isEnded = false;
  while (!isEnded && at + 12 <= bytes.length) {
    const length = view.getUint32(at);
    const end = at + 12 + length;
    if (end > bytes.length) throw damaged();
    const name = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    isEnded = name === 'IEND';
    if (neededChunks.has(name) || (hasPalette && paletteChunks.has(name)))
      chunks.push(bytes.subarray(at, end));
    if (name === 'IDAT') {
      for (let from = at + 8; from < end - 4; from += sliceLength) {
        try {
          inflate.push(bytes.subarray(from, Math.min(from + sliceLength, end - 4)), false);
        } catch (cause) {
          throw damaged(cause);
        }
        if (unpacked > expected) throw damaged();
      }
    }
    at = end;
  }
  // The reader behind hands over the last bytes only when told that they are the last.
  try {
    inflate.push(new Uint8Array(0), true);
  } catch (cause) {
    throw damaged(cause);
  }
  if (!isEnded || unpacked !== expected) throw damaged();
  return joined(chunks);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Where the pixels of one pass of an interlaced picture stand in it. */
export interface InterlacePass {
  /** Of the pass, pixels. */
  readonly width: number;
  readonly height: number;
  /** Column and row of its first pixel, and how far the next is to the right and down. */
  readonly x: number;
  readonly y: number;
  readonly right: number;
  readonly down: number;
}

/**
 * An interlaced PNG as plain ones, one a pass: each pass of Adam7 is stored as a picture of its own.
 * @param lean what {@link leanPng} gave of it
 */
export function interlacedPasses(
  lean: Uint8Array,
): readonly (InterlacePass & { readonly png: Uint8Array })[] {
  const view = new DataView(lean.buffer, lean.byteOffset, lean.byteLength);
  const between: Uint8Array[] = [];
  const packed: Uint8Array[] = [];
  for (const { name, chunk } of chunksOf(lean)) {
    if (paletteChunks.has(name)) between.push(chunk);
    if (name === 'IDAT') packed.push(chunk.subarray(8, -4));
  }
  const rows = unzlibSync(joined(packed), { out: new Uint8Array(unpackedLength(view)) });
  let at = 0;
  return passesOf(view).map((pass) => {
    const header = lean.slice(0, pngStart);
    const headerView = new DataView(header.buffer);
    headerView.setUint32(16, pass.width);
    headerView.setUint32(20, pass.height);
    headerView.setUint8(28, 0);
    const length = rowBytes(view, pass.width, pass.height);
    const pixels = zlibSync(rows.subarray(at, at + length), { level: 0 });
    at += length;
    return {
      ...pass,
      png: joined([header, ...between, chunkOf('IDAT', pixels), chunkOf('IEND', pixels.subarray(0, 0))]),
    };
  });
}

/** Signature and header chunk. */
const pngStart = 33;

/** Each chunk by its name, from its length to its checksum; the PNG's chunks are whole. */
export function* chunksOf(png: Uint8Array): Generator<{ readonly name: string; readonly chunk: Uint8Array }> {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  for (let at = 8; at < png.length; ) {
    const end = at + 12 + view.getUint32(at);
    yield { name: String.fromCharCode(...png.subarray(at + 4, at + 8)), chunk: png.subarray(at, end) };
    at = end;
  }
}

/** Without its checksum, which the reader behind does not look at. */
function chunkOf(name: string, data: Uint8Array): Uint8Array {
  const chunk = new Uint8Array(12 + data.length);
  new DataView(chunk.buffer).setUint32(0, data.length);
  for (let i = 0; i < 4; i++) chunk[4 + i] = name.charCodeAt(i);
  chunk.set(data, 8);
  return chunk;
}

/** The passes of Adam7 that hold pixels, in their order. */
function passesOf(view: DataView): readonly InterlacePass[] {
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  return adam7
    .map(([x, y, right, down]) => ({
      width: Math.ceil((width - x) / right),
      height: Math.ceil((height - y) / down),
      x,
      y,
      right,
      down,
    }))
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Of filtered rows: one filter byte a row, then its samples, rounded up to bytes. */
function rowBytes(view: DataView, width: number, height: number): number {
  const samples = samplesPerPixel[view.getUint8(25)];
  if (samples === undefined || width === 0 || height === 0) throw damaged();
  return height * (1 + Math.ceil((width * samples * view.getUint8(24)) / 8));
}

/** Bytes of all filtered rows. */
function unpackedLength(view: DataView): number {
  if (view.getUint8(28) !== 1) return rowBytes(view, view.getUint32(16), view.getUint32(20));
  return passesOf(view).reduce((sum, { width, height }) => sum + rowBytes(view, width, height), 0);
}

function damaged(cause?: unknown): StablePoseError {
  return new StablePoseError('invalid-image', 'The PNG is damaged.', {
    remedy: 'Save the picture again.',
    cause,
  });
}

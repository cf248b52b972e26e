import { Unzlib } from 'fflate';
import { StablePoseError } from '../errors.ts';

/** What the picture itself is made of. Everything else (profiles, texts, animation) is left unread. */
const neededChunks = new Set(['IHDR', 'PLTE', 'tRNS', 'IDAT', 'IEND']);

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
    if (neededChunks.has(name)) chunks.push(bytes.subarray(at, end));
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
  const lean = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    lean.set(chunk, offset);
    offset += chunk.length;
  }
  return lean;
}

/** Bytes of all filtered rows: one filter byte a row, then its samples, rounded up to bytes. */
function unpackedLength(view: DataView): number {
  const width = view.getUint32(16);
  const height = view.getUint32(20);
  const samples = samplesPerPixel[view.getUint8(25)];
  if (samples === undefined || width === 0 || height === 0) throw damaged();
  const bits = samples * view.getUint8(24);
  const rows = (w: number, h: number) => (w > 0 && h > 0 ? h * (1 + Math.ceil((w * bits) / 8)) : 0);
  if (view.getUint8(28) !== 1) return rows(width, height);
  return adam7.reduce(
    (sum, [x, y, right, down]) => sum + rows(Math.ceil((width - x) / right), Math.ceil((height - y) / down)),
    0,
  );
}

function damaged(cause?: unknown): StablePoseError {
  return new StablePoseError('invalid-image', 'The PNG is damaged.', {
    remedy: 'Save the picture again.',
    cause,
  });
}

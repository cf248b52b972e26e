import { chunksOf } from './lean-png.ts';

/**
 * The one colour that a PNG without a palette says is see-through (`tRNS`, PNG specification 11.3.2.1): one sample for grey,
 * three for RGB, at the depth of the file. Undefined where it says none; a chunk of another length is no such word, as libpng
 * holds it.
 * @param png whole up to its pixels, as one is that `leanPng` took
 */
export function transparentColour(png: Uint8Array): readonly number[] | undefined {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const depth = view.getUint8(24);
  const channels = view.getUint8(25) === 0 ? 1 : view.getUint8(25) === 2 ? 3 : 0;
  if (channels === 0) return undefined;
  for (const { name, chunk } of chunksOf(png)) {
    // Behind the pixels it comes too late to be meant.
    if (name === 'IDAT') return undefined;
    if (name === 'tRNS' && chunk.length === 12 + 2 * channels) {
      const samples = new DataView(chunk.buffer, chunk.byteOffset + 8);
      const most = 2 ** depth - 1;
      return Array.from({ length: channels }, (_, c) => samples.getUint16(2 * c) & most);
    }
  }
  return undefined;
}

/**
 * The one colour that a PNG without a palette says is see-through (`tRNS`, PNG specification 11.3.2.1): one sample for grey,
 * three for RGB, at the depth of the file. Undefined where it says none; a chunk of another length is no such word, as libpng
 * holds it.
 * @param png whose chunks end where it ends
 */
export function transparentColour(png: Uint8Array): readonly number[] | undefined {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const depth = view.getUint8(24);
  const channels = view.getUint8(25) === 0 ? 1 : view.getUint8(25) === 2 ? 3 : 0;
  for (let at = 8; at + 12 <= png.length; at += 12 + view.getUint32(at)) {
    const name = String.fromCharCode(...png.subarray(at + 4, at + 8));
    // Behind the pixels it comes too late to be meant.
    if (channels === 0 || name === 'IDAT') return undefined;
    if (name === 'tRNS' && view.getUint32(at) === 2 * channels) {
      const most = 2 ** depth - 1;
      return Array.from({ length: channels }, (_, c) => view.getUint16(at + 8 + 2 * c) & most);
    }
  }
  return undefined;
}

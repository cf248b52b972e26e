/** Bytes and numbers that readers tend to trip over, little-endian. */
const oddPieces: readonly Uint8Array[] = [
  [0],
  [0x2e],
  [0x28],
  [0x52],
  [0x51],
  [0x80],
  [0xff],
  [0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff],
  [0, 0, 0, 0x80],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0x50, 0x4b, 1, 2],
  [0x50, 0x4b, 3, 4],
  [0x50, 0x4b, 5, 6],
  [0x50, 0x4b, 6, 6],
].map((bytes) => Uint8Array.from(bytes));
/** Cuts, repeats, overwrites and mixes bytes. */
export function scrambled(file: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
  let bytes = Buffer.from(file);
  for (let left = 1 + Math.floor(random() * 5); left > 0; left--) {
    const at = Math.floor(random() * (bytes.length + 1));
    const length = Math.floor(random() ** 3 * Math.min(300, bytes.length));
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    const odd = oddPieces[Math.floor(random() * oddPieces.length)]!;
    const kind = Math.floor(random() * 6);
    if (kind === 0) bytes = Buffer.concat([before, after.subarray(length)]);
    else if (kind === 1) bytes = Buffer.concat([before, odd, after]);
    else if (kind === 2) bytes = Buffer.concat([before, odd, after.subarray(odd.length)]);
    else if (kind === 3) bytes = Buffer.concat([before, after.subarray(0, length), after]);
    else if (kind === 4)
      bytes = Buffer.concat([before, other.subarray(at, at + length), after.subarray(length)]);
    else if (at < bytes.length) {
      bytes = Buffer.from(bytes);
      bytes[at] ^= 1 << Math.floor(random() * 8);
    }
  }
  return new Uint8Array(bytes);
}

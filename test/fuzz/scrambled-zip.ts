import { buildZip } from '../models/checkpoint/build-zip.ts';
import { scrambled } from './scrambled.ts';

/** Changes the entries whose names end so and packs everything again, so that the change gets past the zip. */
export function withScrambledEntries(file: Uint8Array, random: () => number, ending: string): Uint8Array {
  const entries = entriesOf(file);
  return buildZip(
    entries.map(({ name, data }) => ({
      name,
      data: name.endsWith(ending) ? scrambled(data, data, random) : data,
      deflate: random() < 0.1,
    })),
  );
}

/** The stored entries of a well-formed zip, by its directory. */
function entriesOf(file: Uint8Array): { name: string; data: Uint8Array }[] {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.length);
  const end = bytes.lastIndexOf(Buffer.of(0x50, 0x4b, 5, 6));
  const entries: { name: string; data: Uint8Array }[] = [];
  if (end < 0 || end + 22 > bytes.length) return entries;
  let at = bytes.readUInt32LE(end + 16);
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === 0x02014b50) {
    const [size, offset, length] = [
      bytes.readUInt32LE(at + 20),
      bytes.readUInt32LE(at + 42),
      bytes.readUInt16LE(at + 28),
    ];
    if (offset + 30 > bytes.length) break;
    const start = offset + 30 + bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
    entries.push({
      name: bytes.toString('utf8', at + 46, at + 46 + length),
      data: new Uint8Array(bytes.subarray(start, start + size)),
    });
    at += 46 + length + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

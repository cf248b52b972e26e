import * as zlib from 'node:zlib';
import type { ByteSink } from './output-file.ts';

/** PyTorch aligns the bytes of its zips' entries so, by an extra field of this id. */
const alignment = 64;
const paddingExtraId = 0x4246;
const saturated16 = 0xffff;
const saturated32 = 0xffffffff;
/** Sizes follow the data (bit 3), names are UTF-8 (bit 11): what torch.save sets. */
const flags = 0x0808;

interface WrittenEntry {
  readonly name: Uint8Array;
  readonly offset: number;
  readonly crc: number;
  readonly size: number;
}

/**
 * Writes a zip of stored entries as torch.save does, streaming: aligned data, sizes behind them, zip64 where numbers need it.
 * One entry holds less than 4 GiB.
 */
export class ZipWriter {
  private readonly sink: ByteSink;
  private readonly entries: WrittenEntry[] = [];

  constructor(sink: ByteSink) {
    this.sink = sink;
  }

  async add(name: string, pieces: Iterable<Uint8Array>): Promise<void> {
    const rawName = new TextEncoder().encode(name);
    const offset = this.sink.position;
    await this.sink.write(localHeader(rawName, offset));
    let crc = 0;
    let size = 0;
    for (const piece of pieces) {
      crc = crc32(piece, crc);
      size += piece.length;
      await this.sink.write(piece);
    }
    const descriptor = new DataView(new ArrayBuffer(16));
    descriptor.setUint32(0, 0x08074b50, true);
    descriptor.setUint32(4, crc, true);
    descriptor.setUint32(8, size, true);
    descriptor.setUint32(12, size, true);
    await this.sink.write(new Uint8Array(descriptor.buffer));
    this.entries.push({ name: rawName, offset, crc, size });
  }

  async finish(): Promise<void> {
    const start = this.sink.position;
    for (const entry of this.entries) await this.sink.write(centralHeader(entry));
    const end = this.sink.position;
    const [count, size] = [this.entries.length, end - start];
    if (count >= saturated16 || size >= saturated32 || start >= saturated32) {
      await this.sink.write(zip64End(count, size, start, end));
    }
    const record = new DataView(new ArrayBuffer(22));
    record.setUint32(0, 0x06054b50, true);
    record.setUint16(8, Math.min(count, saturated16), true);
    record.setUint16(10, Math.min(count, saturated16), true);
    record.setUint32(12, Math.min(size, saturated32), true);
    record.setUint32(16, Math.min(start, saturated32), true);
    await this.sink.write(new Uint8Array(record.buffer));
  }
}

function localHeader(name: Uint8Array, offset: number): Uint8Array {
  const bare = offset + 30 + name.length;
  const padding = (alignment - ((bare + 4) % alignment)) % alignment;
  const bytes = new Uint8Array(30 + name.length + 4 + padding);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x04034b50, true);
  view.setUint16(6, flags, true);
  view.setUint16(26, name.length, true);
  view.setUint16(28, 4 + padding, true);
  bytes.set(name, 30);
  view.setUint16(30 + name.length, paddingExtraId, true);
  view.setUint16(32 + name.length, padding, true);
  bytes.fill(0x5a, 34 + name.length);
  return bytes;
}

function centralHeader({ name, offset, crc, size }: WrittenEntry): Uint8Array {
  const far = offset >= saturated32;
  const bytes = new Uint8Array(46 + name.length + (far ? 12 : 0));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x02014b50, true);
  view.setUint16(6, far ? 45 : 20, true);
  view.setUint16(8, flags, true);
  view.setUint32(16, crc, true);
  view.setUint32(20, size, true);
  view.setUint32(24, size, true);
  view.setUint16(28, name.length, true);
  view.setUint16(30, far ? 12 : 0, true);
  view.setUint32(42, far ? saturated32 : offset, true);
  bytes.set(name, 46);
  if (far) {
    view.setUint16(46 + name.length, 0x0001, true);
    view.setUint16(48 + name.length, 8, true);
    view.setBigUint64(50 + name.length, BigInt(offset), true);
  }
  return bytes;
}

/** The zip64 end of the directory, and its locator. */
function zip64End(count: number, size: number, start: number, position: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(76));
  view.setUint32(0, 0x06064b50, true);
  view.setBigUint64(4, 44n, true);
  view.setUint16(12, 45, true);
  view.setUint16(14, 45, true);
  view.setBigUint64(24, BigInt(count), true);
  view.setBigUint64(32, BigInt(count), true);
  view.setBigUint64(40, BigInt(size), true);
  view.setBigUint64(48, BigInt(start), true);
  view.setUint32(56, 0x07064b50, true);
  view.setBigUint64(64, BigInt(position), true);
  view.setUint32(72, 1, true);
  return new Uint8Array(view.buffer);
}

/** Node's own since 20.15; older versions of 20 get the table. */
const nativeCrc32 = (zlib as { crc32?: (data: Uint8Array, value?: number) => number }).crc32;
let table: Uint32Array | undefined;

function crc32(bytes: Uint8Array, previous: number): number {
  if (nativeCrc32) return nativeCrc32(bytes, previous);
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    return value;
  });
  let crc = ~previous;
  for (const byte of bytes) crc = (crc >>> 8) ^ table[(crc ^ byte) & 0xff];
  return ~crc >>> 0;
}

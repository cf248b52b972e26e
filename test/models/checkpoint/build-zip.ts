import { deflateRawSync } from 'node:zlib';

export interface BuiltEntry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly deflate?: boolean;
  /** What the headers say where it differs from the truth. */
  readonly claim?: {
    readonly size?: number;
    readonly storedSize?: number;
    readonly offset?: number;
    readonly method?: number;
    readonly flags?: number;
    readonly localName?: string;
    readonly localSize?: number;
  };
}

/** A zip in memory, written by a hand that may lie. */
export function buildZip(
  entries: readonly BuiltEntry[],
  end: { count?: number; size?: number; offset?: number } = {},
): Uint8Array {
  const body: Buffer[] = [];
  const directory: Buffer[] = [];
  let position = 0;
  for (const { name, data, deflate = false, claim = {} } of entries) {
    const packed = deflate ? deflateRawSync(data) : Buffer.from(data);
    const method = claim.method ?? (deflate ? 8 : 0);
    const localName = Buffer.from(claim.localName ?? name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(claim.flags ?? 0, 6);
    local.writeUInt16LE(method, 8);
    local.writeUInt32LE(claim.storedSize ?? packed.length, 18);
    local.writeUInt32LE(claim.localSize ?? claim.size ?? data.length, 22);
    local.writeUInt16LE(localName.length, 26);
    const rawName = Buffer.from(name);
    const central = Buffer.alloc(46);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(claim.flags ?? 0, 8);
    central.writeUInt16LE(method, 10);
    central.writeUInt32LE(claim.storedSize ?? packed.length, 20);
    central.writeUInt32LE(claim.size ?? data.length, 24);
    central.writeUInt16LE(rawName.length, 28);
    central.writeUInt32LE(claim.offset ?? position, 42);
    body.push(local, localName, packed);
    directory.push(central, rawName);
    position += 30 + localName.length + packed.length;
  }
  const directoryBytes = Buffer.concat(directory);
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x06054b50, 0);
  record.writeUInt16LE(end.count ?? entries.length, 8);
  record.writeUInt16LE(end.count ?? entries.length, 10);
  record.writeUInt32LE(end.size ?? directoryBytes.length, 12);
  record.writeUInt32LE(end.offset ?? position, 16);
  return new Uint8Array(Buffer.concat([...body, directoryBytes, record]));
}

import { Inflate } from 'fflate';
import { corruptCheckpoint, shown, unsupportedCheckpoint } from './checkpoint-errors.ts';
import type { RandomAccess } from './random-access.ts';

/** Numbers and names of the records are those of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3. */
const signatures = {
  local: 0x04034b50,
  central: 0x02014b50,
  end: 0x06054b50,
  end64: 0x06064b50,
  locator64: 0x07064b50,
};
const zip64ExtraId = 0x0001;
const [stored, deflated] = [0, 8];
const saturated16 = 0xffff;
const saturated32 = 0xffffffff;
const longestComment = 0xffff;

/** A checkpoint of 20 000 tensors has a directory of 2 MB. */
const largestDirectory = 64 * 1024 * 1024;
const mostEntries = 500_000;
/** Compressed bytes taken at a time: deflate makes at most 1032 times as much of them. */
const inflatePiece = 16 * 1024;

export interface ZipEntry {
  readonly name: string;
  readonly compressed: boolean;
  readonly storedSize: number;
  /** Bytes when unpacked. */
  readonly size: number;
  readonly headerOffset: number;
}

export interface ZipArchive {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where an entry's bytes begin, its local header being checked against the directory. */
  locate(entry: ZipEntry): Promise<number>;
  /** An entry's bytes, unpacked. @throws checkpoint-corrupt when they are more than `limit` */
  read(entry: ZipEntry, limit: number): Promise<Uint8Array>;
}

interface CentralEntry extends ZipEntry {
  readonly flags: number;
  readonly rawName: Uint8Array;
  /** No byte of the entry may lie here or beyond: the next entry's header, or the directory. */
  end: number;
}

/**
 * Reads a zip's directory. Nothing else is touched before it is asked for. What makes two readers of the directory see
 * different files in one archive is refused: duplicate names, overlapping entries, bytes before the first entry, headers that
 * disagree. Bytes between entries (padding, sizes behind the data) are passed over: no entry of the directory lies there.
 * @throws checkpoint-corrupt, checkpoint-unsupported
 */
export async function readZip(access: RandomAccess): Promise<ZipArchive> {
  const { name: file } = access;
  const directory = await findDirectory(access);
  const bytes = await access.read(directory.offset, directory.size);
  const entries = readDirectory(bytes, directory.count, directory.offset, file);

  const locate = (entry: ZipEntry) => locateEntry(access, entries.get(entry.name)!);
  return {
    entries,
    locate,
    async read(entry, limit) {
      if (entry.size > limit) {
        throw corruptCheckpoint(
          file,
          `${shown(entry.name)} would have ${entry.size} bytes; ${limit} are allowed`,
        );
      }
      const start = await locate(entry);
      if (!entry.compressed) return access.read(start, entry.size);
      return inflateEntry(access, entry, start);
    },
  };
}

interface Directory {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

async function findDirectory(access: RandomAccess): Promise<Directory> {
  const { name: file, size } = access;
  const tailStart = Math.max(0, size - 22 - longestComment);
  const tail = await access.read(tailStart, size - tailStart);
  const view = new DataView(tail.buffer);
  let at = tail.length - 22;
  // The comment must reach exactly to the file's end.
  while (
    at >= 0 &&
    !(view.getUint32(at, true) === signatures.end && view.getUint16(at + 20, true) === tail.length - at - 22)
  ) {
    at--;
  }
  if (at < 0) throw corruptCheckpoint(file, 'its zip directory is missing: the file was cut off');
  const disks = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
  const classic = {
    count: view.getUint16(at + 10, true),
    size: view.getUint32(at + 12, true),
    offset: view.getUint32(at + 16, true),
  };
  let directory: Directory = classic;
  let end = tailStart + at;
  const saturated =
    classic.count === saturated16 || classic.size === saturated32 || classic.offset === saturated32;
  if (saturated || (at >= 20 && view.getUint32(at - 20, true) === signatures.locator64)) {
    if (at < 20 || view.getUint32(at - 20, true) !== signatures.locator64) {
      throw corruptCheckpoint(file, 'its zip64 directory is missing');
    }
    end = safe(file, view.getBigUint64(at - 12, true));
    directory = await readEnd64(access, end);
    const agrees = (small: number, full: number, limit: number) => small === limit || small === full;
    if (
      !agrees(classic.count, directory.count, saturated16) ||
      !agrees(classic.size, directory.size, saturated32) ||
      !agrees(classic.offset, directory.offset, saturated32) ||
      end + 56 > tailStart + at - 20
    ) {
      throw corruptCheckpoint(file, 'its two zip directories disagree');
    }
  } else if (disks[0] !== 0 || disks[1] !== 0) {
    throw unsupportedCheckpoint(file, 'is one of several parts of a zip', 'Join the parts first.');
  }
  if (directory.offset + directory.size !== end) {
    throw corruptCheckpoint(file, 'its zip directory does not lie where it is said to');
  }
  if (directory.size > largestDirectory || directory.count > mostEntries) {
    throw corruptCheckpoint(file, `its zip directory of ${directory.count} entries is too large`);
  }
  return directory;
}

async function readEnd64(access: RandomAccess, offset: number): Promise<Directory> {
  const record = new DataView((await access.read(offset, 56)).buffer);
  if (record.getUint32(0, true) !== signatures.end64) {
    throw corruptCheckpoint(access.name, 'its zip64 directory is not where it is said to be');
  }
  return {
    count: safe(access.name, record.getBigUint64(32, true)),
    size: safe(access.name, record.getBigUint64(40, true)),
    offset: safe(access.name, record.getBigUint64(48, true)),
  };
}

function readDirectory(
  bytes: Uint8Array,
  count: number,
  directoryOffset: number,
  file: string,
): Map<string, CentralEntry> {
  const view = new DataView(bytes.buffer);
  const entries = new Map<string, CentralEntry>();
  const decoder = new TextDecoder();
  let at = 0;
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== signatures.central) {
      throw corruptCheckpoint(file, `entry ${index} of its zip directory is broken`);
    }
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
      view.getUint16(at + field, true),
    );
    const next = at + 46 + nameLength + extraLength + commentLength;
    if (next > bytes.length) throw corruptCheckpoint(file, `entry ${index} of its zip directory is cut off`);
    const rawName = bytes.subarray(at + 46, at + 46 + nameLength);
    const name = decoder.decode(rawName);
    const flags = view.getUint16(at + 8, true);
    const method = view.getUint16(at + 10, true);
    if (flags & 0x2041) throw unsupportedCheckpoint(file, 'is an encrypted zip', 'Unpack it first.');
    if (method !== stored && method !== deflated) {
      throw unsupportedCheckpoint(
        file,
        `has an entry packed by zip method ${method}`,
        'Pack it again without compression.',
      );
    }
    const sizes = readSizes(view, at, at + 46 + nameLength, extraLength, file);
    if (method === stored && sizes.size !== sizes.storedSize) {
      throw corruptCheckpoint(file, `${shown(name)} is not packed but has two sizes`);
    }
    if (entries.has(name)) throw corruptCheckpoint(file, `${shown(name)} is in it twice`);
    entries.set(name, {
      name,
      rawName,
      flags,
      compressed: method === deflated,
      ...sizes,
      end: directoryOffset,
    });
    at = next;
  }
  if (at !== bytes.length) throw corruptCheckpoint(file, 'its zip directory has bytes left over');
  refuseOverlaps(entries, directoryOffset, file);
  return entries;
}

/** Sizes and offset of a directory entry; the zip64 extra field holds those that do not fit 32 bits, in this order. */
function readSizes(view: DataView, at: number, extraStart: number, extraLength: number, file: string) {
  const fields = [
    view.getUint32(at + 24, true),
    view.getUint32(at + 20, true),
    view.getUint32(at + 42, true),
  ];
  if (fields.includes(saturated32)) {
    const extra = findExtra(view, extraStart, extraLength);
    let next = extra.start;
    for (const [index, field] of fields.entries()) {
      if (field !== saturated32) continue;
      if (next + 8 > extra.end) throw corruptCheckpoint(file, 'a zip64 size is missing');
      fields[index] = safe(file, view.getBigUint64(next, true));
      next += 8;
    }
  }
  return { size: fields[0], storedSize: fields[1], headerOffset: fields[2] };
}

function findExtra(view: DataView, start: number, length: number): { start: number; end: number } {
  for (let at = start; at + 4 <= start + length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end > start + length) break;
    if (view.getUint16(at, true) === zip64ExtraId) return { start: at + 4, end };
    at = end;
  }
  return { start: 0, end: 0 };
}

function refuseOverlaps(
  entries: ReadonlyMap<string, CentralEntry>,
  directoryOffset: number,
  file: string,
): void {
  const sorted = [...entries.values()].sort((a, b) => a.headerOffset - b.headerOffset);
  for (const [index, entry] of sorted.entries()) {
    entry.end = sorted[index + 1]?.headerOffset ?? directoryOffset;
    if (entry.headerOffset + 30 + entry.rawName.length + entry.storedSize > entry.end) {
      throw corruptCheckpoint(file, `${shown(entry.name)} overlaps what follows it`);
    }
  }
  if (sorted[0] && sorted[0].headerOffset !== 0) {
    throw corruptCheckpoint(file, `${sorted[0].headerOffset} bytes stand before its first zip entry`);
  }
}

async function locateEntry(access: RandomAccess, entry: CentralEntry): Promise<number> {
  const { name: file } = access;
  const header = await access.read(entry.headerOffset, 30 + entry.rawName.length);
  const view = new DataView(header.buffer);
  const method = entry.compressed ? deflated : stored;
  const disagrees =
    view.getUint32(0, true) !== signatures.local ||
    view.getUint16(6, true) !== entry.flags ||
    view.getUint16(8, true) !== method ||
    view.getUint16(26, true) !== entry.rawName.length ||
    !entry.rawName.every((byte, index) => header[30 + index] === byte) ||
    !sizeAgrees(view.getUint32(18, true), entry.storedSize, entry.flags) ||
    !sizeAgrees(view.getUint32(22, true), entry.size, entry.flags);
  if (disagrees)
    throw corruptCheckpoint(file, `the zip header of ${shown(entry.name)} contradicts the directory`);
  const start = entry.headerOffset + header.length + view.getUint16(28, true);
  if (start + entry.storedSize > entry.end) {
    throw corruptCheckpoint(file, `${shown(entry.name)} overlaps what follows it`);
  }
  return start;
}

/** A local header may leave its sizes to a record behind the data (flag bit 3), or to its zip64 field. */
function sizeAgrees(local: number, size: number, flags: number): boolean {
  return local === size || local === saturated32 || (local === 0 && (flags & 8) !== 0);
}

async function inflateEntry(access: RandomAccess, entry: ZipEntry, start: number): Promise<Uint8Array> {
  const wrong = (cause?: unknown) =>
    corruptCheckpoint(
      access.name,
      `${shown(entry.name)} does not unpack to the ${entry.size} bytes it claims`,
      cause,
    );
  // Deflate makes at most 1032 bytes of one: what claims more is refused before memory is taken.
  if (entry.size > entry.storedSize * 1032) throw wrong();
  const target = new Uint8Array(entry.size);
  let done = 0;
  let tooMuch = false;
  const inflate = new Inflate((chunk) => {
    if (done + chunk.length > target.length) tooMuch = true;
    else target.set(chunk, done);
    done += chunk.length;
  });
  for (let at = 0; at < entry.storedSize && !tooMuch; at += inflatePiece) {
    const length = Math.min(inflatePiece, entry.storedSize - at);
    const piece = await access.read(start + at, length);
    try {
      inflate.push(piece, at + length === entry.storedSize);
    } catch (cause) {
      throw wrong(cause);
    }
  }
  if (done !== target.length) throw wrong();
  return target;
}

function safe(file: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corruptCheckpoint(file, `a zip64 field says ${value}`);
  return Number(value);
}

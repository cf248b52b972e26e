import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bytesAccess, describeTensors, readCheckpoint } from '../../models/src/checkpoint/index.ts';
import { StablePoseError } from '../../packages/core/src/errors.ts';
import { buildZip } from '../models/checkpoint/build-zip.ts';
import { mulberry } from './mulberry.ts';

export interface FuzzReadersOptions {
  readonly seconds: number;
  readonly seed: number;
  /** The folder of starting files; an input that breaks something is kept there. */
  readonly corpus: string;
}

export interface FuzzReadersReport {
  readonly runs: number;
  /** Inputs that were checkpoints after all, and those that were refused with a code. */
  readonly read: number;
  readonly refused: number;
  readonly slowestMs: number;
}

/** Inputs are a few kilobytes: a second is a hundred times what the slowest takes. */
const slowestAllowedMs = 1000;
/** No tensor of so small a file may be larger, whatever it claims (a view may repeat elements, up to 16 million). */
const largestTensorBytes = 16 * 1024 * 1024 * 8;

/**
 * Feeds broken checkpoint files to the readers for some seconds. Whatever comes, they give tensors whose every byte can be read
 * and that lie inside the file, or they refuse with a code of their own; nothing else, and quickly.
 * @throws when something else happens, after keeping the input in the corpus
 */
export async function fuzzReaders({ seconds, seed, corpus }: FuzzReadersOptions): Promise<FuzzReadersReport> {
  const random = mulberry(seed);
  const files = readdirSync(corpus)
    .sort()
    .map((name) => new Uint8Array(readFileSync(join(corpus, name))));
  const end = performance.now() + seconds * 1000;
  let [runs, read, slowestMs] = [0, 0, 0];
  while (performance.now() < end) {
    const bytes = runs < files.length ? files[runs]! : mutated(files, random);
    const start = process.cpuUsage();
    try {
      if (await holds(bytes)) read++;
      const { user, system } = process.cpuUsage(start);
      const took = (user + system) / 1000;
      if (took > slowestAllowedMs) throw new Error(`Reading took ${took} ms.`);
      slowestMs = Math.max(slowestMs, took);
    } catch (cause) {
      const name = `found-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}.bin`;
      writeFileSync(join(corpus, name), bytes);
      throw new Error(`A checkpoint broke the reader (seed ${seed}, kept as ${name}).`, { cause });
    }
    runs++;
  }
  return { runs, read, refused: runs - read, slowestMs };
}

/** Whether the bytes were read; throws when a promise is broken. */
async function holds(bytes: Uint8Array): Promise<boolean> {
  try {
    const checkpoint = await readCheckpoint(bytesAccess(bytes, 'fuzz'));
    describeTensors(checkpoint.tensors);
    for (const { key, inPlace } of checkpoint.tensors.values()) {
      const data = await checkpoint.read(key);
      if (data.length > largestTensorBytes) throw new Error(`${key} has ${data.length} bytes.`);
      if (!inPlace) continue;
      const { offset, length } = inPlace;
      if (offset < 0 || offset + length > bytes.length) throw new Error(`${key} lies outside its file.`);
      if (Buffer.compare(bytes.subarray(offset, offset + length), data) !== 0) {
        throw new Error(`${key} does not lie where it is said to.`);
      }
    }
    return true;
  } catch (error) {
    const known = error instanceof StablePoseError && /^checkpoint-/.test(error.code);
    if (!known) throw error;
    if (error.message.length > 2000) throw new Error('The message is too long.', { cause: error });
    return false;
  }
}

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
const oddTexts = [
  '-1',
  '1e999',
  '9007199254740993',
  '[',
  '{',
  '"',
  '\\u0000',
  '__proto__',
  '../',
  'null',
  '4294967296',
];

function mutated(files: readonly Uint8Array[], random: () => number): Uint8Array {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const file = pick(files);
  const isZip = file[0] === 0x50 && file[1] === 0x4b;
  const kind = random();
  if (isZip && kind < 0.7) return withMutatedPickle(file, random);
  if (!isZip && kind < 0.7) return withMutatedHeader(file, random);
  return scrambled(file, pick(files), random);
}

/** Changes the pickle and packs everything again, so that the change gets past the zip. */
function withMutatedPickle(file: Uint8Array, random: () => number): Uint8Array {
  const entries = entriesOf(file);
  return buildZip(
    entries.map(({ name, data }) => ({
      name,
      data: name.endsWith('data.pkl') ? scrambled(data, data, random) : data,
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

/** Changes the JSON header of a safetensors file and corrects its length. */
function withMutatedHeader(file: Uint8Array, random: () => number): Uint8Array {
  if (file.length < 8) return file;
  const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
  if (8 + length > file.length) return scrambled(file, file, random);
  let text = Buffer.from(file.subarray(8, 8 + length)).toString('latin1');
  for (let left = 1 + Math.floor(random() * 3); left > 0; left--) {
    const numbers = [...text.matchAll(/\d+/g)];
    const target = numbers[Math.floor(random() * numbers.length)];
    if (target && random() < 0.6) {
      const value = Number(target[0]);
      const changed = [value + 1, value - 1, value * 2, 0, -value, 2 ** 32, 2 ** 53, value + 0.5][
        Math.floor(random() * 8)
      ];
      text = text.slice(0, target.index) + String(changed) + text.slice(target.index + target[0].length);
    } else {
      const at = Math.floor(random() * text.length);
      const odd = oddTexts[Math.floor(random() * oddTexts.length)]!;
      text = text.slice(0, at) + (random() < 0.5 ? odd : '') + text.slice(at + Math.floor(random() * 4));
    }
  }
  const head = Buffer.alloc(8);
  const json = Buffer.from(text, 'latin1');
  head.writeBigUInt64LE(BigInt(json.length));
  return new Uint8Array(Buffer.concat([head, json, file.subarray(8 + length)]));
}

/** Cuts, repeats, overwrites and mixes bytes. */
function scrambled(file: Uint8Array, other: Uint8Array, random: () => number): Uint8Array {
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

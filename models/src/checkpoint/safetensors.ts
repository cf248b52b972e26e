import { type Checkpoint, createCheckpoint, type TensorEntry } from './checkpoint.ts';
import { corruptCheckpoint, shown } from './checkpoint-errors.ts';
import { bytesPerElement, type DataType, elementsOf } from './data-type.ts';
import { parseLimitedJson } from './limited-json.ts';
import type { RandomAccess } from './random-access.ts';

/** The format's own limit (huggingface/safetensors, MAX_HEADER_SIZE). */
export const largestHeader = 100_000_000;
const mostDimensions = 32;

const namesOfTypes: ReadonlyMap<unknown, DataType> = new Map([
  ['F16', 'f16'],
  ['BF16', 'bf16'],
  ['F32', 'f32'],
  ['F64', 'f64'],
  ['I64', 'i64'],
  ['I32', 'i32'],
  ['I16', 'i16'],
  ['I8', 'i8'],
  ['U8', 'u8'],
  ['BOOL', 'bool'],
]);

/**
 * Reads a safetensors file: 8 bytes of header length, a JSON header, the data. Only the header is read; every tensor lies
 * in place.
 * @throws checkpoint-corrupt
 */
export async function readSafetensors(access: RandomAccess): Promise<Checkpoint> {
  const { name: file, size } = access;
  if (size < 8) throw corruptCheckpoint(file, `it has ${size} bytes, fewer than a safetensors header`);
  const start = await access.read(0, 8);
  const length = new DataView(start.buffer).getBigUint64(0, true);
  if (length > BigInt(largestHeader)) {
    throw corruptCheckpoint(
      file,
      `it says that its header has ${length} bytes; ${largestHeader} are allowed`,
    );
  }
  const dataStart = 8 + Number(length);
  if (dataStart > size) {
    throw corruptCheckpoint(file, `it says that its header has ${length} bytes, but it ends at byte ${size}`);
  }
  const header = parseLimitedJson(await access.read(8, Number(length)), file);
  const metadata = new Map<string, string>();
  const warnings: string[] = [];
  const tensors = new Map<string, TensorEntry>();
  const ranges: { key: string; start: number; end: number }[] = [];
  for (const [key, value] of Object.entries(header)) {
    if (key === '__metadata__') {
      if (typeof value !== 'object' || value === null)
        throw corruptCheckpoint(file, '__metadata__ is no object');
      for (const [name, text] of Object.entries(value)) {
        if (typeof text === 'string') metadata.set(name, text);
      }
      continue;
    }
    const entry = readEntry(file, key, value, size - dataStart);
    ranges.push({ key, start: entry.start, end: entry.end });
    const dtype = namesOfTypes.get(entry.dtype);
    if (!dtype) {
      warnings.push(`${shown(key)} is left aside: its type ${shown(String(entry.dtype))} is not read.`);
      continue;
    }
    const elements = elementsOf(entry.shape);
    if (elements === undefined || elements * bytesPerElement[dtype] !== entry.end - entry.start) {
      throw corruptCheckpoint(
        file,
        `${shown(key)} is [${entry.shape}] of ${dtype} but has ${entry.end - entry.start} bytes`,
      );
    }
    const inPlace = { file, offset: dataStart + entry.start, length: entry.end - entry.start };
    tensors.set(key, { key, dtype, shape: entry.shape, inPlace });
  }
  const used = refuseOverlaps(file, ranges);
  if (used < size - dataStart) {
    warnings.push(`${size - dataStart - used} bytes of ${file} belong to no tensor.`);
  }
  return createCheckpoint({
    files: [file],
    tensors,
    metadata,
    warnings,
    readEntry: ({ inPlace }) => access.read(inPlace!.offset, inPlace!.length),
    close: () => access.close(),
  });
}

interface HeaderEntry {
  readonly dtype: unknown;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function readEntry(file: string, key: string, value: unknown, dataSize: number): HeaderEntry {
  const { dtype, shape, data_offsets: offsets } = Object(value) as Readonly<Record<string, unknown>>;
  if (!Array.isArray(shape) || shape.length > mostDimensions || !shape.every(isCount)) {
    throw corruptCheckpoint(
      file,
      `the shape of ${shown(key)} is no list of at most ${mostDimensions} whole numbers`,
    );
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    throw corruptCheckpoint(file, `the data offsets of ${shown(key)} are no pair of whole numbers`);
  }
  const [start, end] = offsets as [number, number];
  if (start > end || end > dataSize) {
    throw corruptCheckpoint(file, `${shown(key)} lies at ${start} to ${end} of ${dataSize} bytes of data`);
  }
  return { dtype, shape, start, end };
}

/** Returns how many bytes the ranges cover. */
function refuseOverlaps(file: string, ranges: { key: string; start: number; end: number }[]): number {
  const sorted = ranges.filter(({ start, end }) => end > start).sort((a, b) => a.start - b.start);
  let used = 0;
  for (const [index, range] of sorted.entries()) {
    const previous = sorted[index - 1];
    if (previous && previous.end > range.start) {
      throw corruptCheckpoint(file, `${shown(previous.key)} and ${shown(range.key)} overlap`);
    }
    used += range.end - range.start;
  }
  return used;
}

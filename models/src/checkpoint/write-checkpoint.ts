import { throwIfCancelled } from '@stable-pose/core/errors';
import { bytesPerElement, type DataType, elementsOf } from './data-type.ts';
import { type ByteSink, writeWhole } from './output-file.ts';
import { OrderedMap, type WritablePickle, WrittenTensor, writePickle } from './pickle-writer.ts';
import type { StreamedTensor } from './streamed-tensor.ts';
import { ZipWriter } from './zip-writer.ts';

export interface WriteCheckpointOptions {
  readonly signal?: AbortSignal;
  /** Called with the bytes written since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

const safetensorsTypes: Readonly<Record<DataType, string>> = {
  f16: 'F16',
  bf16: 'BF16',
  f32: 'F32',
  f64: 'F64',
  i64: 'I64',
  i32: 'I32',
  i16: 'I16',
  i8: 'I8',
  u8: 'U8',
  bool: 'BOOL',
};

/**
 * Writes a safetensors file, a piece at a time.
 * @throws write-failed, disk-full, cancelled
 */
export async function writeSafetensorsFile(
  path: string,
  tensors: readonly StreamedTensor[],
  metadata: Readonly<Record<string, string>> = {},
  options: WriteCheckpointOptions = {},
): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...metadata } };
  let end = 0;
  for (const { key, dtype, shape } of tensors) {
    const start = end;
    end += (elementsOf(shape) ?? Number.NaN) * bytesPerElement[dtype];
    header[key] = { dtype: safetensorsTypes[dtype], shape, data_offsets: [start, end] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  // Padded with spaces, so that the data begin at a multiple of eight, as the format's own writer does.
  const head = new Uint8Array(8 + Math.ceil(json.length / 8) * 8).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(head.length - 8), true);
  head.set(json, 8);
  await writeWhole(path, async (sink) => {
    await sink.write(head);
    for (const tensor of tensors) {
      for (const piece of watched(tensor, options)) await sink.write(piece);
    }
  });
}

/**
 * Writes what torch.save would: a zip with a pickle and one entry per tensor, a piece at a time.
 * @param envelope what stands round the tensors, given the dictionary of them; left out: nothing
 * @throws write-failed, disk-full, cancelled
 */
export async function writeTorchFile(
  path: string,
  tensors: readonly StreamedTensor[],
  envelope: (state: OrderedMap) => WritablePickle = (state) => state,
  options: WriteCheckpointOptions = {},
): Promise<void> {
  const state = new OrderedMap(
    tensors.map(({ key, dtype, shape }, index) => [key, new WrittenTensor(String(index), dtype, shape)]),
  );
  const pickle = writePickle(envelope(state));
  await writeWhole(path, (sink) => writeArchive(sink, pickle, tensors, options));
}

async function writeArchive(
  sink: ByteSink,
  pickle: Uint8Array,
  tensors: readonly StreamedTensor[],
  options: WriteCheckpointOptions,
): Promise<void> {
  const zip = new ZipWriter(sink);
  const text = (value: string) => [new TextEncoder().encode(value)];
  await zip.add('archive/data.pkl', [pickle]);
  await zip.add('archive/byteorder', text('little'));
  for (const [index, tensor] of tensors.entries()) {
    await zip.add(`archive/data/${index}`, watched(tensor, options));
  }
  await zip.add('archive/version', text('3\n'));
  await zip.finish();
}

/** A tensor's pieces, with a look at the signal before and a word to the caller after each. */
function* watched(tensor: StreamedTensor, options: WriteCheckpointOptions): Generator<Uint8Array> {
  for (const piece of tensor.pieces()) {
    throwIfCancelled(options.signal);
    yield piece;
    options.onBytes?.(piece.length);
  }
}

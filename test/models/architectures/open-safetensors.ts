import { closeSync, openSync, readSync } from 'node:fs';
import type { WeightCheckpoint, WeightTensor } from '../../../models/src/onnx/weight-checkpoint.ts';

/** A safetensors file read the plainest way: an oracle for the reader, and the graphs' weights in their own tests. */
export function openSafetensors(file: string): WeightCheckpoint & { data(key: string): Float32Array } {
  const readAt = (offset: number, length: number): Uint8Array => {
    const handle = openSync(file, 'r');
    const bytes = new Uint8Array(length);
    readSync(handle, bytes, 0, length, offset);
    closeSync(handle);
    return bytes;
  };
  const headerLength = Number(new DataView(readAt(0, 8).buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(readAt(8, headerLength))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, WeightTensor>();
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    const inPlace = { file, offset: 8 + headerLength + start, length: end - start };
    tensors.set(key, { dtype: entry.dtype.toLowerCase(), shape: entry.shape, inPlace });
  }
  const bytesOf = (key: string) => {
    const range = tensors.get(key)?.inPlace;
    if (!range) throw new Error(`no tensor ${key} in ${file}`);
    return readAt(range.offset, range.length);
  };
  const floats = (key: string): Float32Array => {
    const bytes = bytesOf(key);
    const dtype = tensors.get(key)?.dtype;
    if (dtype === 'f32') return new Float32Array(bytes.buffer);
    if (dtype === 'u8') return Float32Array.from(bytes);
    if (dtype === 'i64') return Float32Array.from(new BigInt64Array(bytes.buffer), Number);
    throw new Error(`${key} is ${dtype}`);
  };
  return {
    tensors,
    data: floats,
    read: async (key) => bytesOf(key),
    readFloat32: async (key) => floats(key),
  };
}

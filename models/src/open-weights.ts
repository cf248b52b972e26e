import { open } from 'node:fs/promises';
import { StablePoseError } from '@stable-pose/core/errors';
import type { WeightCheckpoint, WeightTensor } from './onnx/weight-checkpoint.ts';

/** A checkpoint that can be closed. */
export interface OpenedWeights extends WeightCheckpoint {
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** Opens a safetensors file. */
export async function openWeights(path: string): Promise<OpenedWeights> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new StablePoseError('file-not-found', `Cannot read ${path}.`, { cause });
  });
  const readAt = async (position: number, length: number) => {
    const buffer = new Uint8Array(length);
    await file.read({ buffer, position, length });
    return buffer;
  };
  const headerLength = Number(new DataView((await readAt(0, 8)).buffer).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(await readAt(8, headerLength))) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const tensors = new Map<string, WeightTensor>();
  for (const [key, entry] of Object.entries(header)) {
    if (key === '__metadata__') continue;
    const [start, end] = entry.data_offsets;
    tensors.set(key, {
      dtype: entry.dtype.toLowerCase(),
      shape: entry.shape,
      inPlace: { file: path, offset: 8 + headerLength + start, length: end - start },
    });
  }
  const read = async (key: string) => {
    const range = tensors.get(key)?.inPlace;
    if (!range) throw new StablePoseError('tensor-mismatch', `There is no tensor ${key} in ${path}.`);
    return readAt(range.offset, range.length);
  };
  return {
    tensors,
    warnings: [],
    read,
    async readFloat32(key) {
      return new Float32Array((await read(key)).buffer);
    },
    close: () => file.close(),
  };
}

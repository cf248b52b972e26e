import { writeSafetensors } from '../../models/src/convert/write-safetensors.ts';
import type { WeightCheckpoint } from '../../models/src/onnx/weight-checkpoint.ts';

export interface GivenTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Tensors in memory as a checkpoint: every one is a copy. */
export function inMemory(tensors: Readonly<Record<string, GivenTensor>>): WeightCheckpoint {
  return {
    tensors: new Map(Object.entries(tensors).map(([key, { shape }]) => [key, { dtype: 'f32', shape }])),
    read: async (key) => new Uint8Array(tensors[key]!.data.slice().buffer),
    readFloat32: async (key) => tensors[key]!.data,
  };
}

/** Writes tensors as a float32 safetensors file. */
export async function writeTensors(
  file: string,
  tensors: Readonly<Record<string, GivenTensor>>,
): Promise<void> {
  await writeSafetensors(file, inMemory(tensors), { keys: Object.keys(tensors), precision: 'fp32' });
}

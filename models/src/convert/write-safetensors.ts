import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { throwIfCancelled } from '@stable-pose/core/errors';
import { encodeFloat16 } from '@stable-pose/core/tensor';
import type { WeightCheckpoint } from '../onnx/weight-checkpoint.ts';
import { writeFailure } from './write-failure.ts';

export interface WriteWeightsOptions {
  readonly keys: readonly string[];
  readonly precision: 'fp16' | 'fp32';
  readonly metadata?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Bytes written since the last call. */
  readonly onBytes?: (bytes: number) => void;
}

export interface WrittenFile {
  readonly bytes: number;
  readonly sha256: string;
  /** Tensors that stay float32 although float16 was asked: they hold values beyond its range. */
  readonly keptFloat32: readonly string[];
}

/** Largest finite float16. */
const largestHalf = 65504;

/**
 * Writes tensors of a checkpoint as a safetensors file, one at a time: no more than the largest tensor is in memory.
 * In float16, vectors (biases, scales of norms) stay float32: they are a thousandth of the bytes and most of the harm.
 * @throws write-failed, disk-full, cancelled
 */
export async function writeSafetensors(
  file: string,
  checkpoint: WeightCheckpoint,
  options: WriteWeightsOptions,
): Promise<WrittenFile> {
  const keptFloat32: string[] = [];
  const half = new Map<string, boolean>();
  for (const key of options.keys) half.set(key, await becomesHalf(checkpoint, key, options, keptFloat32));

  const header: Record<string, unknown> = { __metadata__: { format: 'pt', ...options.metadata } };
  let end = 0;
  for (const key of options.keys) {
    const shape = checkpoint.tensors.get(key)?.shape ?? [];
    const start = end;
    end += shape.reduce((product, dim) => product * dim, 1) * (half.get(key) ? 2 : 4);
    header[key] = { dtype: half.get(key) ? 'F16' : 'F32', shape, data_offsets: [start, end] };
  }
  // Padded so that the data begin at a multiple of eight, as the format's own writer does.
  const text = JSON.stringify(header);
  const json = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const prefix = new Uint8Array(8);
  new DataView(prefix.buffer).setBigUint64(0, BigInt(json.length), true);

  const hash = createHash('sha256');
  let bytes = 0;
  try {
    const handle = await open(file, 'w');
    try {
      const write = async (piece: Uint8Array) => {
        await handle.writeFile(piece);
        hash.update(piece);
        bytes += piece.length;
        options.onBytes?.(piece.length);
      };
      await write(prefix);
      await write(json);
      for (const key of options.keys) {
        throwIfCancelled(options.signal);
        await write(await tensorBytes(checkpoint, key, half.get(key) ?? false));
      }
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw writeFailure(cause, file);
  }
  return { bytes, sha256: hash.digest('hex'), keptFloat32 };
}

/** Matrices and kernels become float16, unless a value would become infinite. */
async function becomesHalf(
  checkpoint: WeightCheckpoint,
  key: string,
  { precision }: WriteWeightsOptions,
  keptFloat32: string[],
): Promise<boolean> {
  const tensor = checkpoint.tensors.get(key);
  if (precision !== 'fp16' || !tensor || tensor.shape.length < 2) return false;
  if (tensor.dtype === 'f16') return true;
  const values = await checkpoint.readFloat32(key);
  for (const value of values) {
    if (Math.abs(value) > largestHalf) {
      keptFloat32.push(key);
      return false;
    }
  }
  return true;
}

async function tensorBytes(checkpoint: WeightCheckpoint, key: string, half: boolean): Promise<Uint8Array> {
  if (half && checkpoint.tensors.get(key)?.dtype === 'f16') return checkpoint.read(key);
  const values = await checkpoint.readFloat32(key);
  const data = half ? encodeFloat16(values) : values;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

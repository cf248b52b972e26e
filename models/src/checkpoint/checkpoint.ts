import { StablePoseError } from '@stable-pose/core/errors';
import { type DataType, toFloat32 } from './data-type.ts';

export interface TensorEntry {
  readonly key: string;
  readonly dtype: DataType;
  readonly shape: readonly number[];
  /** Contiguous row-major bytes that lie in one file as they are: may be referenced in place. */
  readonly inPlace?: { readonly file: string; readonly offset: number; readonly length: number };
}

/** Tensors by name. Names, shapes and places are known; values are read when they are asked for. */
export interface Checkpoint {
  /** Absolute paths (in a browser: names) of the files that the tensors lie in. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  /** Words that the file says about itself: safetensors metadata, names and numbers at a pickle's top level. */
  readonly metadata: ReadonlyMap<string, string>;
  /**
   * A tensor's elements, contiguous and row-major, in its own dtype, in memory of their own.
   * @throws tensor-mismatch when there is no such tensor; checkpoint-corrupt
   */
  read(key: string): Promise<Uint8Array>;
  /** The same as float32. */
  readFloat32(key: string): Promise<Float32Array>;
  /** What was left aside, in sentences. */
  readonly warnings: readonly string[];
  close(): Promise<void>;
}

/** What a reader of a format gives: everything of a checkpoint but what follows from it. */
export interface CheckpointParts {
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata?: ReadonlyMap<string, string>;
  readonly warnings?: readonly string[];
  readonly readEntry: (entry: TensorEntry) => Promise<Uint8Array>;
  readonly close: () => Promise<void>;
}

/** Makes a checkpoint of what a reader found. */
export function createCheckpoint(parts: CheckpointParts): Checkpoint {
  const { files, tensors, readEntry, close } = parts;
  const entryOf = (key: string): TensorEntry => {
    const entry = tensors.get(key);
    if (entry) return entry;
    throw new StablePoseError('tensor-mismatch', `There is no tensor ${key} in ${files.join(', ')}.`, {
      remedy: 'Check that the file holds this part of the model.',
      details: { key, files },
    });
  };
  return {
    files,
    tensors,
    metadata: parts.metadata ?? new Map(),
    warnings: parts.warnings ?? [],
    read: async (key) => readEntry(entryOf(key)),
    readFloat32: async (key) => {
      const entry = entryOf(key);
      return toFloat32(await readEntry(entry), entry.dtype);
    },
    close,
  };
}

import type { DataType } from './data-type.ts';

/** A tensor to be written, whose bytes are made when they are needed: contiguous, row-major, little-endian. */
export interface StreamedTensor {
  readonly key: string;
  readonly shape: readonly number[];
  readonly dtype: DataType;
  /** All bytes, in order. */
  readonly pieces: () => Iterable<Uint8Array>;
}

/** A tensor whose bytes are there already. */
export function tensorOfBytes(
  key: string,
  shape: readonly number[],
  dtype: DataType,
  bytes: Uint8Array,
): StreamedTensor {
  return { key, shape, dtype, pieces: () => [bytes] };
}

import { corruptCheckpoint } from './checkpoint-errors.ts';

/** A file of which any range of bytes can be had: on disk, or a browser's Blob or OPFS file. */
export interface RandomAccess {
  /** Absolute path, or the name that a browser knows: named in messages and in {@link TensorEntry.inPlace}. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /**
   * Exactly `length` bytes from `offset`, in memory of their own that starts at offset 0 of its buffer.
   * @throws checkpoint-corrupt when the range does not lie in the file
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Reads a Blob (a browser's File among them) in ranges. */
export function blobAccess(blob: Blob, name: string): RandomAccess {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      refuseOutside(name, blob.size, offset, length);
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer());
    },
    async close() {},
  };
}

/** Reads bytes that are in memory already. */
export function bytesAccess(bytes: Uint8Array, name: string): RandomAccess {
  return {
    name,
    size: bytes.length,
    async read(offset, length) {
      refuseOutside(name, bytes.length, offset, length);
      // A copy: slice of a Buffer of Node would be a window on the same memory.
      return new Uint8Array(bytes.subarray(offset, offset + length));
    },
    async close() {},
  };
}

/** @throws checkpoint-corrupt when a range does not lie in a file of `size` bytes */
export function refuseOutside(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
  if (!whole || offset + length > size) {
    throw corruptCheckpoint(
      name,
      `it ends at byte ${size}, but bytes ${offset} to ${offset + length} are named`,
    );
  }
}

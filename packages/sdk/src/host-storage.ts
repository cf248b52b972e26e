import { StablePoseError } from '@stable-pose/core';

/**
 * Where a host lets us keep things between sessions. Two rooms, because hosts have two: a small one for settings, and one
 * for blobs (pictures of the history, a cached part), which may be elsewhere or missing.
 */
export interface HostStorage {
  /** Small: what people chose. */
  readonly settings: HostStore;
  /** Larger. */
  readonly blobs: HostStore;
}

/**
 * A store of bytes under names. A name has 1 to 100 of the characters a-z, A-Z, 0-9, `.`, `-`, `_` and `/`.
 * A write is whole or not at all, and the last one wins. Storage can always fail: callers go on without it and say so.
 */
export interface HostStore {
  /** Where it lies: `device` and `document` survive closing, `memory` does not. */
  readonly place: 'device' | 'document' | 'memory';
  /** Of one value; absent: unknown. */
  readonly valueBytes?: number;
  /** Of all values together, names included as the host counts them; absent: unknown. */
  readonly totalBytes?: number;
  /** Undefined when there is no such name. @throws storage-unavailable */
  read(name: string): Promise<Uint8Array | undefined>;
  /** @throws limit-exceeded above `valueBytes`, storage-full, storage-unavailable, invalid-input for a bad name */
  write(name: string, value: Uint8Array): Promise<void>;
  /** A name that is not there is no error. @throws storage-unavailable */
  delete(name: string): Promise<void>;
  /** Names that begin with `prefix`, sorted. @throws storage-unavailable */
  names(prefix?: string): Promise<readonly string[]>;
}

/** @returns the name, when a store takes it. @throws invalid-input */
export function checkStoreName(name: string): string {
  if (/^[a-zA-Z0-9._/-]{1,100}$/.test(name)) return name;
  throw new StablePoseError(
    'invalid-input',
    `A name in a store has 1 to 100 of a-z A-Z 0-9 . _ - /, got ${JSON.stringify(name)}.`,
  );
}

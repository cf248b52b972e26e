/**
 * Where a page keeps bytes between sessions, in pieces: a whole piece is there or it is not, so that a tab that closes in
 * the middle of a download loses at most one.
 */
export interface PieceStore {
  /** `opfs`, the origin's private file system; `cache`, the Cache API; `memory`, gone with the page. */
  readonly kind: 'opfs' | 'cache' | 'memory';
  /** A Blob that is read when it is used. */
  read(name: string): Promise<Blob | undefined>;
  /** Replaces what was there. @throws storage-full, storage-unavailable */
  write(name: string, content: Blob | Uint8Array): Promise<void>;
  /** One that is not there is no error. */
  remove(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

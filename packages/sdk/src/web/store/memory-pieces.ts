import type { PieceStore } from './piece-store.ts';

/** Pieces as Blobs of this page, which are gone with it. Files that were dropped are not copied. */
export function memoryPieces(): PieceStore {
  const pieces = new Map<string, Blob>();
  return {
    kind: 'memory',
    read: async (name) => pieces.get(name),
    write: async (name, content) => {
      pieces.set(name, content instanceof Blob ? content : new Blob([content as Uint8Array<ArrayBuffer>]));
    },
    remove: async (name) => {
      pieces.delete(name);
    },
    names: async () => [...pieces.keys()],
  };
}

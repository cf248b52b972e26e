import { cachePieces } from './cache-pieces.ts';
import { memoryPieces } from './memory-pieces.ts';
import { opfsPieces } from './opfs-pieces.ts';
import type { PieceStore } from './piece-store.ts';

/** The first kind of storage that this page has and that takes a byte: OPFS, the Cache API, memory. */
export async function openPieces(name: string): Promise<PieceStore> {
  for (const open of [opfsPieces, cachePieces]) {
    try {
      const pieces = await open(name);
      await pieces.write('.probe', Uint8Array.of(1));
      await pieces.remove('.probe');
      return pieces;
    } catch {
      // The next kind.
    }
  }
  return memoryPieces();
}

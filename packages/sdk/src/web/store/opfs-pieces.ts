import type { PieceStore } from './piece-store.ts';
import { storageFailure } from './storage-failure.ts';

/** What TypeScript's DOM library does not have yet. */
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterableIterator<string> };

/**
 * Pieces as files of the origin's private file system.
 * @throws storage-unavailable in opaque origins, private windows of some browsers, and where files cannot be written here
 */
export async function opfsPieces(folderName: string): Promise<PieceStore> {
  const folder = await openFolder(folderName);
  return {
    kind: 'opfs',
    async read(name) {
      try {
        return await (await folder.getFileHandle(name)).getFile();
      } catch (error) {
        if ((error as Error).name === 'NotFoundError') return undefined;
        throw storageFailure(error, `Reading ${name}`);
      }
    },
    async write(name, content) {
      try {
        const handle = await folder.getFileHandle(name, { create: true });
        // In memory first, a piece is small: where room runs out, Chromium says of a Blob only that it could not be read.
        const bytes = content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content;
        // Written to a copy that takes the file's place when it is closed.
        const writer = await handle.createWritable();
        try {
          await writer.write(bytes as Uint8Array<ArrayBuffer>);
        } catch (error) {
          await writer.abort().catch(() => {});
          throw error;
        }
        await writer.close();
      } catch (error) {
        throw storageFailure(error, `Storing ${name}`);
      }
    },
    async remove(name) {
      try {
        await folder.removeEntry(name);
      } catch (error) {
        if ((error as Error).name !== 'NotFoundError') throw storageFailure(error, `Removing ${name}`);
      }
    },
    async names() {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
  };
}

async function openFolder(name: string): Promise<Folder> {
  try {
    if (!('createWritable' in FileSystemFileHandle.prototype)) {
      throw new Error('this browser writes to it from workers only.');
    }
    const root = await navigator.storage.getDirectory();
    return (await root.getDirectoryHandle(name, { create: true })) as Folder;
  } catch (error) {
    throw storageFailure(error, 'Opening the private file system');
  }
}

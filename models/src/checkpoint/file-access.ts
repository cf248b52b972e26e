import { readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { resolve } from 'node:path';
import { StablePoseError } from '@stable-pose/core/errors';
import { corruptCheckpoint } from './checkpoint-errors.ts';
import { type RandomAccess, refuseOutside } from './random-access.ts';

/** One call of the system reads at most this much. */
const largestRead = 1024 ** 3;
/** Reads up to this size are done at once: handing one to a thread takes longer than the read, and there are thousands. */
const largestImmediateRead = 4096;

/**
 * Opens a file for reads of ranges; nothing is read yet.
 * @throws file-not-found
 */
export async function fileAccess(path: string): Promise<RandomAccess> {
  const name = resolve(path);
  const handle = await openFile(name);
  const stats = await handle.stat();
  if (!stats.isFile()) {
    await handle.close();
    throw new StablePoseError('file-not-found', `${name} is not a file.`, {
      remedy: 'Give the path of a checkpoint file.',
      details: { file: name },
    });
  }
  const size = stats.size;
  return {
    name,
    size,
    async read(offset, length) {
      refuseOutside(name, size, offset, length);
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const want = Math.min(length - done, largestRead);
        const bytesRead =
          want <= largestImmediateRead
            ? readSync(handle.fd, bytes, done, want, offset + done)
            : (await handle.read(bytes, done, want, offset + done)).bytesRead;
        if (bytesRead === 0) throw corruptCheckpoint(name, 'it became shorter while it was read');
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}

async function openFile(name: string): Promise<FileHandle> {
  try {
    return await open(name, 'r');
  } catch (cause) {
    throw new StablePoseError('file-not-found', `Cannot read ${name}.`, {
      remedy: 'Check that the file is there and may be read.',
      details: { file: name },
      cause,
    });
  }
}

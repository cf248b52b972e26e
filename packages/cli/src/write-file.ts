import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

/**
 * Writes a file whole or not at all, making its folder.
 * @throws write-failed, disk-full
 */
export async function writeWholeFile(path: string, content: Uint8Array | string): Promise<void> {
  const partial = `${path}.part`;
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, content);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      throw new StablePoseError('disk-full', `There is no room left to write ${path}.`, {
        remedy: 'Make room, or choose another place with --out.',
        cause: error,
      });
    }
    const why =
      code === 'EACCES' || code === 'EPERM' || code === 'EROFS' ? 'writing is not allowed there' : message;
    throw new StablePoseError('write-failed', `${path} could not be written: ${why}.`, {
      remedy: 'Choose another place with --out.',
      cause: error,
    });
  }
}

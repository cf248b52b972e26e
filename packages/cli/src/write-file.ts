import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises';
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
    throw explained(path, error);
  }
}

/**
 * Finds out whether {@link writeWholeFile} could write a file, before the minutes that its content takes. Makes its folder; what
 * the file holds is left alone.
 * @throws write-failed, disk-full
 */
export async function proveWritable(path: string): Promise<void> {
  const partial = `${path}.part`;
  try {
    const isFolder = (await stat(path).catch(() => undefined))?.isDirectory();
    if (isFolder) throw Object.assign(new Error('It is a folder.'), { code: 'EISDIR' });
    await mkdir(dirname(path), { recursive: true });
    await writeFile(partial, new Uint8Array(1));
    await rm(partial);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw explained(path, error);
  }
}

function explained(path: string, error: unknown): StablePoseError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StablePoseError('disk-full', `There is no room left to write ${path}.`, {
      remedy: 'Make room, or choose another place with --out.',
      cause: error,
    });
  }
  const why = new Map([
    ['EACCES', 'writing is not allowed there'],
    ['EPERM', 'writing is not allowed there'],
    ['EROFS', 'writing is not allowed there'],
    // What stands where a folder was to be made; which of the two, is the system's choice.
    ['EEXIST', 'its folder’s name is a file'],
    ['ENOTDIR', 'its folder’s name is a file'],
    ['EISDIR', 'a folder has that name'],
  ]).get(code ?? '');
  return new StablePoseError('write-failed', `${path} could not be written: ${why ?? message}.`, {
    remedy: 'Choose another place with --out.',
    cause: error,
  });
}

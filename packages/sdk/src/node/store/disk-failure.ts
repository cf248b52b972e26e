import { statfs } from 'node:fs/promises';
import { StablePoseError } from '@stable-pose/core';

const megabyte = 1e6;
const words = (bytes: number) => `${Math.ceil(bytes / megabyte).toLocaleString('en')} MB`;

/** What went wrong when writing, as one of ours; an error of ours stays what it is. */
export function diskFailure(error: unknown, path: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StablePoseError('disk-full', `There is no room left to write ${path}.`, {
      remedy: 'Make room and try again: it goes on from there. Or choose another folder.',
      cause: error,
    });
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new StablePoseError('write-failed', `Writing ${path} is not allowed: ${message}.`, {
      remedy: 'Choose another folder.',
      cause: error,
    });
  }
  return error;
}

/** Refuses before the first byte what cannot be kept. @throws disk-full with the numbers */
export async function checkRoom(folder: string, bytes: number): Promise<void> {
  const available = await availableBytes(folder);
  if (available === undefined || bytes <= available) return;
  throw new StablePoseError(
    'disk-full',
    `${words(bytes)} are still to come, and ${words(available)} are free in ${folder}.`,
    { remedy: 'Make room, or choose another folder.', details: { bytes, available, folder } },
  );
}

/** Free for this user; undefined where the system does not tell. */
export async function availableBytes(folder: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

import { StablePoseError } from '@stable-pose/core';

/** What a browser's storage threw, with a code: no room, or no storage. */
export function storageFailure(error: unknown, doing: string): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const { name, message } = error as { name?: string; message?: string };
  if (name === 'QuotaExceededError') {
    return new StablePoseError('storage-full', `${doing} failed: the browser gives this page no more room.`, {
      remedy: 'Remove models that are no longer needed, or free space on the disk.',
      cause: error,
    });
  }
  return new StablePoseError('storage-unavailable', `${doing} failed: ${message ?? String(error)}`, {
    remedy: 'Hand the model over as files; nothing is kept then.',
    cause: error,
  });
}

import { StablePoseError } from '@stable-pose/core/errors';

/** An error of writing, as one of ours: a full disk has a code of its own. Ours pass through. */
export function writeFailure(cause: unknown, path: string): StablePoseError {
  if (StablePoseError.is(cause)) return StablePoseError.from(cause);
  const code = (cause as { code?: string } | null)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StablePoseError('disk-full', `The disk is full: ${path} could not be written.`, {
      remedy: 'Free some space, or write to another disk. Nothing half-written was kept.',
      cause,
    });
  }
  const message = cause instanceof Error ? cause.message : String(cause);
  return new StablePoseError('write-failed', `${path} could not be written: ${message}.`, {
    remedy: 'Check that the folder exists and may be written to.',
    cause,
  });
}

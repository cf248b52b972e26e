import { StablePoseError } from '@stable-pose/core/errors';

/** An error for a file that is truncated, contradicts itself or is hostile. `file` is its path or name. */
export function corruptCheckpoint(file: string, what: string, cause?: unknown): StablePoseError {
  return new StablePoseError('checkpoint-corrupt', `${file} is damaged: ${what}.`, {
    remedy: 'Fetch the file again, or ask whoever made it.',
    details: { file },
    cause,
  });
}

/** An error for a sound file that is deliberately not read. */
export function unsupportedCheckpoint(file: string, what: string, remedy: string): StablePoseError {
  return new StablePoseError('checkpoint-unsupported', `${file} ${what}.`, { remedy, details: { file } });
}

/** A name from a file, fit for a message: names can be as long as whoever made the file liked. */
export function shown(name: string): string {
  return name.length > 120 ? `${name.slice(0, 120)}...` : name;
}

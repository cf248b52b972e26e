import { StablePoseError } from '../../packages/core/src/errors.ts';

/**
 * False, for an input that was refused with a checkpoint's code and a message of readable length.
 * @throws the error, when it is any other
 */
export function refusedAsCheckpoint(error: unknown): false {
  const known = error instanceof StablePoseError && /^checkpoint-/.test(error.code);
  if (!known) throw error;
  if (error.message.length > 2000) throw new Error('The message is too long.', { cause: error });
  return false;
}

import { expect } from 'vitest';
import type { ErrorCode } from '../../../packages/core/src/errors.ts';
import { StablePoseError } from '../../../packages/core/src/errors.ts';

/** Expects one of our errors with a code, and gives its message. */
export async function refusedWith(code: ErrorCode, work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof StablePoseError)) throw error;
    expect(error.code, error.message).toBe(code);
    return error.message;
  }
  throw new Error(`Expected ${code}, but nothing was refused.`);
}

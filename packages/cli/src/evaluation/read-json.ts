import { readFile } from 'node:fs/promises';
import { StablePoseError } from '@stable-pose/core';

/** What a JSON file says. @throws invalid-input when it is not JSON, or cannot be read */
export async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new StablePoseError('invalid-input', `${file} is not JSON.`, { cause });
  }
}

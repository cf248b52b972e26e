import { extname, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

/**
 * Where picture files go: `out` is a PNG file (its name gets the seed when there are several pictures), a folder, or
 * nothing, which is the current folder.
 * @throws invalid-input when it is a file of another kind
 */
export function resultPath(out: string | undefined, seed: number, count: number): string {
  const name = `stable-pose-${seed}.png`;
  if (out === undefined) return name;
  const ending = extname(out).toLowerCase();
  if (ending === '') return join(out, name);
  if (ending !== '.png') {
    throw new StablePoseError('invalid-input', `Results are PNG files, which "${out}" is not.`, {
      remedy: 'Name a .png file or a folder: PNG carries the request, so that the picture can be made again.',
    });
  }
  return count === 1 ? out : beside(out, String(seed));
}

/** `picture.png` -> `picture-word.png` */
export function beside(path: string, word: string): string {
  return `${path.slice(0, -4)}-${word}.png`;
}

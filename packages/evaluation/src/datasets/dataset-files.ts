import { type Dirent, existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

const pictureEnding = /\.(jpe?g|png|webp|bmp)$/i;

/** Entries of a folder in the order of their names, numbers by value; empty where there is no such folder. */
export async function entriesOf(folder: string): Promise<Dirent[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
}

/** Names of the folders in a folder. */
export async function foldersIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder)).filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Paths of the pictures in a folder. */
export async function picturesIn(folder: string): Promise<string[]> {
  return (await entriesOf(folder))
    .filter((entry) => entry.isFile() && pictureEnding.test(entry.name))
    .map(({ name }) => join(folder, name));
}

/** A file's name without its folder and ending. */
export function stem(path: string): string {
  return path.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, '');
}

/**
 * A path that a set's own file names: as it is when absolute, else under the file's folder or one of the three above it,
 * because sets are published with paths from different roots. The first place stands where none exists.
 */
export function findNamed(named: string, besideFile: string): string {
  if (isAbsolute(named)) return named;
  let folder = dirname(besideFile);
  const first = join(folder, named);
  for (let level = 0; level < 4; level++) {
    const path = join(folder, named);
    if (existsSync(path)) return path;
    folder = dirname(folder);
  }
  return first;
}

/** @throws file-not-found, invalid-input */
export async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StablePoseError('file-not-found', `The file ${file} is not there or cannot be read.`, {
      cause,
    });
  });
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new StablePoseError('invalid-input', `The file ${file} is not JSON.`, { cause });
  }
}

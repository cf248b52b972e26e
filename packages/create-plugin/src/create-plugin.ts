import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StablePoseError } from '@stable-pose/core';

/** Beside `src` and beside `dist`. */
const template = fileURLToPath(new URL('../template', import.meta.url));

export interface CreatedPlugin {
  /** Absolute. */
  readonly folder: string;
  /** Of the package in it. */
  readonly name: string;
}

/**
 * Writes the skeleton of a plug-in: an adapter over a small editor, its conformance test, a script that makes a picture into
 * it. The package takes its name from the folder. Nothing that is there is ever overwritten.
 * @param folder relative to the working directory; made when it is not there, and must be empty
 * @throws invalid-input for a folder that holds something, or whose name cannot be a package's; write-failed
 */
export async function createPlugin(folder: string): Promise<CreatedPlugin> {
  const place = resolve(folder);
  const name = basename(place);
  checkName(name);
  await checkEmpty(place);
  try {
    await mkdir(place, { recursive: true });
    await cp(template, place, { recursive: true, filter: (source) => basename(source) !== 'node_modules' });
    // npm leaves a .gitignore out of what it packs.
    await rename(join(place, '_gitignore'), join(place, '.gitignore'));
    const path = join(place, 'package.json');
    const manifest = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, `${JSON.stringify({ ...manifest, name }, undefined, 2)}\n`);
  } catch (error) {
    throw new StablePoseError(
      'write-failed',
      `The plug-in could not be written to ${place}: ${said(error)}.`,
      {
        remedy: 'Choose a folder that you may write to.',
        cause: error,
      },
    );
  }
  return { folder: place, name };
}

function checkName(name: string): void {
  // What npm takes as a new package's name, without a scope.
  if (/^[a-z0-9][a-z0-9._-]*$/.test(name) && name.length <= 214 && name !== 'node_modules') return;
  throw new StablePoseError(
    'invalid-input',
    `The folder's name becomes the package's, which has small letters, digits, dots and dashes only; got "${name}".`,
    { remedy: 'Try: npm create @stable-pose/plugin my-plugin', details: { name } },
  );
}

async function checkEmpty(place: string): Promise<void> {
  let names: readonly string[];
  try {
    names = await readdir(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    const what = code === 'ENOTDIR' ? 'is a file' : `cannot be read: ${said(error)}`;
    throw new StablePoseError(
      'invalid-input',
      `A new or an empty folder was expected, but ${place} ${what}.`,
      {
        remedy: 'Choose another name.',
        cause: error,
      },
    );
  }
  // A repository that was just made is empty to everyone but git.
  const there = names.filter((name) => name !== '.git');
  if (there.length === 0) return;
  throw new StablePoseError(
    'invalid-input',
    `A new or an empty folder was expected, but ${place} holds ${there.slice(0, 3).join(', ')}${there.length > 3 ? ' and more' : ''}.`,
    { remedy: 'Choose another name, or empty it first.', details: { count: there.length } },
  );
}

const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

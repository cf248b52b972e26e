import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { type PictureResult, resultKey } from './picture-result.ts';

/** The results of a run in its folder, one line each, appended as they come. */
export interface ResultStore {
  /** By {@link resultKey}. */
  readonly results: ReadonlyMap<string, PictureResult>;
  add(result: PictureResult): Promise<void>;
  /** Writes a file of the run whole. */
  write(path: string, content: Uint8Array | string): Promise<void>;
}

/**
 * Opens a run's folder, new or begun. A last line that a killed run left half-written is dropped.
 * @param identity whatever must not differ between the parts of one run; plain JSON
 * @throws invalid-input when the folder holds a run of another identity
 */
export async function openResultStore(folder: string, identity: unknown): Promise<ResultStore> {
  await mkdir(folder, { recursive: true });
  const print = createHash('sha256').update(JSON.stringify(identity)).digest('hex');
  const identityFile = join(folder, 'run.json');
  const before = await readFile(identityFile, 'utf8').catch(() => undefined);
  if (before !== undefined && (JSON.parse(before) as { fingerprint?: string }).fingerprint !== print) {
    throw new StablePoseError(
      'invalid-input',
      `${folder} holds another run: its list, model or settings differ from what is asked now.`,
      { remedy: 'Choose another folder with --out, or remove that one.' },
    );
  }
  const write = async (path: string, content: Uint8Array | string): Promise<void> => {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(`${target}.part`, content);
    await rename(`${target}.part`, target);
  };
  if (before === undefined) {
    await write('run.json', `${JSON.stringify({ fingerprint: print, identity }, null, 2)}\n`);
  }
  const file = join(folder, 'results.jsonl');
  const lines = (await readFile(file, 'utf8').catch(() => '')).split('\n');
  const results = new Map<string, PictureResult>();
  for (const line of lines) {
    const result = parseLine(line);
    if (result) results.set(resultKey(result), result);
  }
  // Written anew, so that what is appended never joins half a line.
  await write('results.jsonl', [...results.values()].map((result) => `${JSON.stringify(result)}\n`).join(''));
  return {
    results,
    async add(result) {
      await appendFile(file, `${JSON.stringify(result)}\n`);
      results.set(resultKey(result), result);
    },
    write,
  };
}

function parseLine(line: string): PictureResult | undefined {
  try {
    return JSON.parse(line) as PictureResult;
  } catch {
    return undefined;
  }
}

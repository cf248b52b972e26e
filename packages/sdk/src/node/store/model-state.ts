import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ModelReference } from '../../model-store.ts';

/** What is known of a pulled model's files; lies beside them. */
export interface ModelState {
  readonly format: 'stable-pose-pull';
  readonly version: 1;
  readonly source: ModelReference;
  files: FileState[];
}

export interface FileState {
  readonly path: string;
  bytes?: number;
  /** Of the content that is in the part file, as its source says it. */
  version?: string;
  /** Whole, verified and under its name. */
  isWhole: boolean;
  sha256?: string;
}

const stateName = '.stable-pose-pull.json';

/** Undefined where nothing was pulled, or by a newer version. */
export async function readModelState(folder: string): Promise<ModelState | undefined> {
  try {
    const state = JSON.parse(await readFile(join(folder, stateName), 'utf8')) as ModelState;
    return state.format === 'stable-pose-pull' && state.version === 1 ? state : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all: a power cut must not cost what was fetched. */
export async function writeModelState(folder: string, state: ModelState): Promise<void> {
  const path = join(folder, stateName);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${path}.part`, path);
}

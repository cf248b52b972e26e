import { existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { StablePoseError } from '@stable-pose/core';
import {
  type DatasetSplit,
  type EvaluationEntry,
  type KnownCeiling,
  listFromDataset,
  parseEvaluationList,
  readDataset,
} from '@stable-pose/evaluation';
import { readRaster } from '../read-raster.ts';
import { readJson } from './read-json.ts';

export interface EvaluationInputs {
  readonly entries: readonly EvaluationEntry[];
  /** What rulers saw on pictures of the shipped list's entries, for lists of some of these that bring none. */
  readonly knownCeiling: KnownCeiling | undefined;
}

const resolve = createRequire(import.meta.url).resolve;

/** The list of held-out poses that ships. */
export const shippedList = (): string => resolve('@stable-pose/evaluation/lists/held-out.json');

/**
 * What to evaluate on: a list of poses, or a data set in any layout that is read.
 * @param path the shipped list when left out
 * @throws file-not-found, invalid-input, and what reading a data set throws
 */
export async function readEvaluationInputs(
  path: string = shippedList(),
  options: { readonly limit?: number; readonly side?: number; readonly split?: DatasetSplit } = {},
): Promise<EvaluationInputs> {
  const { limit, side, split } = options;
  if (!existsSync(path)) throw new StablePoseError('file-not-found', `There is no list or data set ${path}.`);
  const list = statSync(path).isDirectory() ? undefined : await readJsonArray(path);
  if (!list) {
    const set = await readDataset(path, { split });
    const entries = await listFromDataset(set, { side, limit, readPicture: readRaster });
    if (entries.length === 0) {
      throw new StablePoseError('invalid-input', `${path} (${set.name}) says nowhere how people stand.`, {
        remedy: 'Find their poses first: stable-pose prepare',
      });
    }
    return { entries, knownCeiling: undefined };
  }
  const entries = parseEvaluationList(list, path).slice(0, limit);
  return { entries, knownCeiling: await shippedCeiling() };
}

async function readJsonArray(path: string): Promise<unknown[] | undefined> {
  const value = await readJson(path);
  return Array.isArray(value) ? value : undefined;
}

async function shippedCeiling(): Promise<KnownCeiling> {
  const file = resolve('@stable-pose/evaluation/lists/held-out.ceiling.json');
  return (await readJson(file)) as KnownCeiling;
}

import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { type TrainingBudget, trainingBudgetOf } from '@stable-pose/evaluation';

/**
 * What the config.json in a folder of weights, or beside a file of them, says of their training.
 * @returns null when it says nothing, or is not there
 * @throws invalid-input
 */
export async function readTrainingBudget(weights: string): Promise<TrainingBudget | null> {
  const file = join(statSync(weights).isDirectory() ? weights : dirname(weights), 'config.json');
  if (!existsSync(file)) return null;
  try {
    return trainingBudgetOf(JSON.parse(await readFile(file, 'utf8')), file);
  } catch (cause) {
    if (StablePoseError.is(cause)) throw cause;
    throw new StablePoseError('invalid-input', `${file} is not JSON.`, { cause });
  }
}

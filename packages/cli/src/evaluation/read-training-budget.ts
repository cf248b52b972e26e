import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TrainingBudget, trainingBudgetOf } from '@stable-pose/evaluation';
import { readJson } from './read-json.ts';

/**
 * What the config.json in a folder of weights, or beside a file of them, says of their training.
 * @returns null when it says nothing, or is not there
 * @throws invalid-input
 */
export async function readTrainingBudget(weights: string): Promise<TrainingBudget | null> {
  const file = join(statSync(weights).isDirectory() ? weights : dirname(weights), 'config.json');
  if (!existsSync(file)) return null;
  return trainingBudgetOf(await readJson(file), file);
}

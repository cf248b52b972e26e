import { StablePoseError } from '@stable-pose/core';
import { z } from 'zod';

const trainingBudgetSchema = z.object({
  steps: z.number().int().positive().describe('Updates of the weights.'),
  rows: z
    .number()
    .int()
    .positive()
    .describe('Rows of all batches together; a picture may have been several.'),
  seed: z.number().int().describe('Of the training run.'),
});

/** What an adapter was trained with. Compared methods have equal steps and rows. */
export type TrainingBudget = Readonly<z.infer<typeof trainingBudgetSchema>>;

/**
 * What a config says below `training`, as `models/training/export_arm.py` writes it.
 * @param file names it in messages
 * @returns null when it says nothing
 * @throws invalid-input
 */
export function trainingBudgetOf(config: unknown, file: string): TrainingBudget | null {
  const training = (config as { training?: unknown } | null)?.training;
  if (training === undefined) return null;
  const parsed = trainingBudgetSchema.safeParse(training);
  if (parsed.success) return parsed.data;
  throw new StablePoseError(
    'invalid-input',
    `${file} says "training", but not { steps, rows, seed } in whole numbers.`,
    {
      remedy:
        'Write the steps, the rows of all batches and the seed of the training, or leave "training" out.',
    },
  );
}

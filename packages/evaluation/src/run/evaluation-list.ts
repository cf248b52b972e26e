import { dirname, resolve } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { z } from 'zod';
import { readJson } from '../datasets/dataset-files.ts';
import type { AskedGarment } from '../metrics/garment-colour.ts';
import type { MetricKeypoints } from '../metrics/pose-set.ts';

const keypointSchema = z.tuple([z.number(), z.number(), z.number()]);

const entrySchema = z.looseObject({
  prompt: z.string().describe('What the picture is asked for.'),
  width: z.number().int().positive().describe('Pixels.'),
  height: z.number().int().positive().describe('Pixels.'),
  view: z.string().optional().describe('From where the people are seen: front, side, rear.'),
  poses: z
    .array(z.array(keypointSchema).length(17))
    .describe('A person each: 17 COCO keypoints x, y in pixels and a score; a score of 0 is absent.'),
  name: z.string().optional().describe('Of its files; a number when left out.'),
  garments: z
    .array(z.array(z.looseObject({ name: z.string(), colour: z.string(), pattern: z.string().optional() })))
    .optional()
    .describe('What each person is asked to wear, to check the colours.'),
  picture: z
    .string()
    .optional()
    .describe('A picture of just this, beside the list: the ruler is tried on it, and FID compares with it.'),
});

export const evaluationListSchema = z.array(entrySchema).min(1);

/** One picture to be asked for and measured. */
export interface EvaluationEntry {
  readonly name: string;
  readonly prompt: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  /** front, side or rear (three-quarter views are counted with the front and the rear); whatever else a list says stays. */
  readonly view?: string;
  /** Absent keypoints are `[-1, -1, 0]`. */
  readonly poses: readonly MetricKeypoints[];
  readonly garments?: readonly (readonly AskedGarment[])[];
  /** A picture file of just this. */
  readonly picture?: string;
}

const coarseViews: Readonly<Record<string, string>> = {
  'three-quarter': 'front',
  'rear-three-quarter': 'rear',
  back: 'rear',
};

/**
 * Checks a list of what to evaluate on: `[{ prompt, width, height, view, poses: [[[x, y, score] x 17]] }]`.
 * @param file names it in messages, and picture paths count from its folder
 * @throws invalid-input
 */
export function parseEvaluationList(value: unknown, file: string): EvaluationEntry[] {
  const parsed = evaluationListSchema.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.length ? ` at ${issue.path.join('.')}` : '';
    throw new StablePoseError('invalid-input', `${file} is no list of poses${where}: ${issue?.message}.`, {
      remedy: 'Give a JSON array of { prompt, width, height, view, poses: [[[x, y, score] x 17]] }.',
    });
  }
  const digits = String(parsed.data.length).length;
  const names = new Set<string>();
  return parsed.data.map(({ name, view, poses, picture, prompt, width, height, garments }, i) => {
    let unique = (name ?? String(i + 1).padStart(digits, '0')).replace(/[^\p{L}\p{N}._-]+/gu, '_');
    if (names.has(unique)) unique = `${unique}_${i + 1}`;
    names.add(unique);
    return {
      name: unique,
      prompt,
      width,
      height,
      ...(view === undefined ? {} : { view: coarseViews[view] ?? view }),
      poses: poses.map((pose) =>
        pose.map(([x, y, score]): MetricKeypoints[number] => (score > 0 ? [x, y, score] : [-1, -1, 0])),
      ),
      ...(garments ? { garments } : {}),
      ...(picture === undefined ? {} : { picture: resolve(dirname(file), picture) }),
    };
  });
}

/** @throws file-not-found, invalid-input */
export async function readEvaluationList(file: string): Promise<EvaluationEntry[]> {
  return parseEvaluationList(await readJson(file), file);
}

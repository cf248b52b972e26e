import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { z } from 'zod';
import type { MetricKeypoints } from '../metrics/pose-set.ts';
import type { Dataset, DatasetPicture, ReadDatasetOptions } from './dataset.ts';
import { entriesOf, findNamed, readJson } from './dataset-files.ts';

/** What is read of COCO's annotation format; Human-Art adds a description and a scenario to each picture. */
const annotationsSchema = z.looseObject({
  images: z.array(
    z.looseObject({ id: z.number(), file_name: z.string(), description: z.string().nullish() }),
  ),
  annotations: z.array(
    z.looseObject({
      image_id: z.number(),
      keypoints: z.array(z.number()).length(51).optional(),
      iscrowd: z.number().optional(),
    }),
  ),
});

/**
 * Human-Art as it ships: `annotations/training_humanart.json` (or validation; or one scenario of it) in COCO's format, and
 * `images/`. People without an annotated keypoint are left out, and so are pictures without people.
 * @param path its folder, or one annotation file
 * @throws file-not-found, invalid-input
 */
export async function readHumanArt(path: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const file = path.endsWith('.json') ? path : await annotationFile(path, options.split);
  const parsed = annotationsSchema.safeParse(await readJson(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StablePoseError(
      'invalid-input',
      `${file} is not in COCO's annotation format: ${issue?.path.join(' / ')}: ${issue?.message}.`,
    );
  }
  const people = new Map<number, MetricKeypoints[]>();
  for (const { image_id, keypoints, iscrowd } of parsed.data.annotations) {
    if (!keypoints || iscrowd === 1 || !keypoints.some((value, i) => i % 3 === 2 && value > 0)) continue;
    const pose = Array.from({ length: 17 }, (_, k): MetricKeypoints[number] => {
      const [x, y, visibility] = [keypoints[k * 3]!, keypoints[k * 3 + 1]!, keypoints[k * 3 + 2]!];
      return visibility > 0 ? [x, y, 1] : [-1, -1, 0];
    });
    people.set(image_id, [...(people.get(image_id) ?? []), pose]);
  }
  const pictures = parsed.data.images.flatMap(({ id, file_name, description }): DatasetPicture[] => {
    const poses = people.get(id);
    if (!poses) return [];
    return [
      {
        name: file_name.replace(/\.[^.]*$/, ''),
        file: findNamed(file_name, file),
        prompt: description ?? '',
        poses: async () => poses,
      },
    ];
  });
  return { name: 'Human-Art', layout: 'human-art', pictures };
}

/** Whether a folder is laid out so. */
export async function isHumanArt(folder: string): Promise<boolean> {
  return (await entriesOf(join(folder, 'annotations'))).some(({ name }) => /_humanart\.json$/.test(name));
}

async function annotationFile(folder: string, split: string | undefined): Promise<string> {
  for (const part of split ? [split] : ['training', 'validation']) {
    const path = join(folder, 'annotations', `${part}_humanart.json`);
    if (existsSync(path)) return path;
  }
  throw new StablePoseError(
    'file-not-found',
    `${basename(folder)} has no annotations/${split ?? 'training'}_humanart.json.`,
    { remedy: 'Name the folder that holds annotations/ and images/.' },
  );
}

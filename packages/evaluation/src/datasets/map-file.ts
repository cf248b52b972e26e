import { StablePoseError } from '@stable-pose/core';
import { z } from 'zod';
import type { Dataset } from './dataset.ts';
import { findNamed, readJson } from './dataset-files.ts';
import { readPoseFile } from './pose-file.ts';

const mapFileSchema = z.record(
  z.string(),
  z.looseObject({ img_path: z.string(), pose_path: z.string(), prompt: z.string().default('') }),
);

/** The layout that HumanSD and Stable-Pose train from: a JSON file, name -> picture, pose file and prompt. */
export type MapFile = z.input<typeof mapFileSchema>;

/**
 * Reads a map file, such as LAION-Human's or Human-Art's `mapping_file_training.json`. Paths in it are looked for beside the
 * file and in the folders above it.
 * @throws file-not-found, invalid-input
 */
export async function readMapFile(file: string): Promise<Dataset> {
  const parsed = mapFileSchema.safeParse(await readJson(file));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new StablePoseError(
      'invalid-input',
      `${file} is no map file: ${issue?.path.join(' / ')}: ${issue?.message}.`,
      { remedy: 'Each name in it must have an img_path, a pose_path and a prompt.' },
    );
  }
  return {
    name: /laion/i.test(file) ? 'LAION-Human' : /human_?-?art/i.test(file) ? 'Human-Art' : 'a map file',
    layout: 'map-file',
    pictures: Object.entries(parsed.data).map(([name, { img_path, pose_path, prompt }]) => ({
      name,
      file: findNamed(img_path, file),
      prompt,
      poses: () => readPoseFile(findNamed(pose_path, file)),
    })),
  };
}

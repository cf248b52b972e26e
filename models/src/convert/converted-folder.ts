import { createHash } from 'node:crypto';
import { createReadStream, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core/errors';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { readJsonObject } from '../tokenizer-files.ts';
import {
  checkManifest,
  type ManifestFile,
  type ModelManifest,
  manifestName,
  weightFiles,
} from './manifest.ts';

/** Lies in a folder while it is written. */
export const incompleteMarker = '.stable-pose-incomplete';

/** Whether a folder is a converted model. @throws model-corrupt when its writing was interrupted */
export function isConvertedFolder(folder: string): boolean {
  if (existsSync(join(folder, incompleteMarker))) {
    throw new StablePoseError(
      'model-corrupt',
      `${folder} was left half-written by an interrupted conversion.`,
      {
        remedy: 'Delete it and convert again.',
        details: { folder },
      },
    );
  }
  return existsSync(join(folder, manifestName));
}

/** Reads a converted folder's manifest and checks that every file is there with its size. @throws model-corrupt */
export async function readManifest(folder: string): Promise<ModelManifest> {
  const file = join(folder, manifestName);
  const manifest = checkManifest(await readJsonObject(file), file);
  const wrong = manifest.files.filter(({ path, bytes }) => {
    const stats = statSync(join(folder, path), { throwIfNoEntry: false });
    return stats?.size !== bytes;
  });
  if (wrong.length > 0) throw damaged(folder, wrong, 'are missing or have another size');
  return manifest;
}

/** Reads every file of a converted folder and compares it with its hash. @throws model-corrupt */
export async function verifyConverted(folder: string): Promise<ModelManifest> {
  const manifest = await readManifest(folder);
  const wrong: ManifestFile[] = [];
  for (const file of manifest.files) {
    if ((await sha256Of(join(folder, file.path))) !== file.sha256) wrong.push(file);
  }
  if (wrong.length > 0) throw damaged(folder, wrong, 'do not have the content that was written');
  return manifest;
}

/** The weights of a converted folder, as one checkpoint with upstream key names. */
export async function openConvertedWeights(folder: string): Promise<Checkpoint> {
  const files = Object.values(weightFiles).map((name) => join(folder, name));
  return openCheckpoint(files.filter((file) => existsSync(file)));
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

function damaged(folder: string, files: readonly ManifestFile[], what: string): StablePoseError {
  const names = files.map(({ path }) => path);
  return new StablePoseError(
    'model-corrupt',
    `Files of the converted model ${folder} ${what}: ${names.join(', ')}.`,
    {
      remedy: 'Download or convert it again.',
      details: { folder, files: names },
    },
  );
}

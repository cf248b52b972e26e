import { StablePoseError } from '@stable-pose/core/errors';
import type { Checkpoint } from '../checkpoint/checkpoint.ts';
import { openCheckpoint } from '../checkpoint/open-checkpoint.ts';
import { hasFile, type ModelFiles, readJsonObject } from '../files/model-files.ts';
import { joinPath } from '../files/path-names.ts';
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
export function isConvertedFolder(files: ModelFiles, folder: string): boolean {
  if (hasFile(files, joinPath(folder, incompleteMarker))) {
    throw new StablePoseError(
      'model-corrupt',
      `${folder} was left half-written by an interrupted conversion.`,
      {
        remedy: 'Delete it and convert again.',
        details: { folder },
      },
    );
  }
  return hasFile(files, joinPath(folder, manifestName));
}

/** Reads a converted folder's manifest and checks that every file is there with its size. @throws model-corrupt */
export async function readManifest(files: ModelFiles, folder: string): Promise<ModelManifest> {
  const file = joinPath(folder, manifestName);
  const manifest = checkManifest(await readJsonObject(files, file), file);
  const wrong = manifest.files.filter(({ path, bytes }) => files.sizeOf(joinPath(folder, path)) !== bytes);
  if (wrong.length > 0) throw damaged(folder, wrong, 'are missing or have another size');
  return manifest;
}

/** The weights of a converted folder, as one checkpoint with upstream key names. */
export async function openConvertedWeights(files: ModelFiles, folder: string): Promise<Checkpoint> {
  const paths = Object.values(weightFiles).map((name) => joinPath(folder, name));
  return openCheckpoint(
    files,
    paths.filter((path) => hasFile(files, path)),
  );
}

/** A converted folder whose files are not what its manifest says. */
export function damaged(folder: string, files: readonly ManifestFile[], what: string): StablePoseError {
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

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core/errors';
import { diskFiles } from '../files/disk-files.ts';
import { damaged, isConvertedFolder, readManifest } from './converted-folder.ts';
import type { ManifestFile, ModelManifest } from './manifest.ts';

/**
 * Reads every file of a converted folder and compares it with its hash.
 * @throws model-corrupt naming the files; model-not-found when the folder is no converted model
 */
export async function verifyConverted(folder: string): Promise<ModelManifest> {
  if (!isConvertedFolder(diskFiles, folder)) {
    throw new StablePoseError(
      'model-not-found',
      `${folder} is no converted model: there are no hashes to compare its files with.`,
      { remedy: 'Give a folder that models convert wrote.', details: { folder } },
    );
  }
  const manifest = await readManifest(diskFiles, folder);
  const wrong: ManifestFile[] = [];
  for (const file of manifest.files) {
    if ((await sha256Of(join(folder, file.path))) !== file.sha256) wrong.push(file);
  }
  if (wrong.length > 0) throw damaged(folder, wrong, 'do not have the content that was written');
  return manifest;
}

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const piece of createReadStream(file, { highWaterMark: 1024 * 1024 }))
    hash.update(piece as Buffer);
  return hash.digest('hex');
}

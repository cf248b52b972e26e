import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { diskFiles } from '../files/disk-files.ts';
import { damaged, readManifest } from './converted-folder.ts';
import type { ManifestFile, ModelManifest } from './manifest.ts';

/** Reads every file of a converted folder and compares it with its hash. @throws model-corrupt */
export async function verifyConverted(folder: string): Promise<ModelManifest> {
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

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Dataset, DatasetPicture, ReadDatasetOptions } from './dataset.ts';
import { foldersIn } from './dataset-files.ts';
import { videoFrames } from './video-frames.ts';

const listNames = { training: 'train', validation: 'val', test: 'test-dev' } as const;

/**
 * DAVIS 2016 and 2017 as they ship: `JPEGImages/480p/<video>/00000.jpg` (or `Full-Resolution`), and lists of videos in
 * `ImageSets/2017` (or `2016`, `480p`). Many of its videos show no person.
 * @throws nothing: without a list of the split, all videos are read
 */
export async function readDavis(folder: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const pictureFolder = join(
    folder,
    'JPEGImages',
    existsSync(join(folder, 'JPEGImages', '480p')) ? '480p' : 'Full-Resolution',
  );
  const listed = options.split ? await listOf(folder, listNames[options.split]) : undefined;
  const pictures: DatasetPicture[] = [];
  for (const video of listed ?? (await foldersIn(pictureFolder))) {
    pictures.push(...(await videoFrames(video, join(pictureFolder, video), options)));
  }
  return { name: 'DAVIS', layout: 'davis', pictures };
}

/** Videos of a list; DAVIS 2016 lists frames, each line with the paths of a picture and of its mask. */
async function listOf(folder: string, list: string): Promise<string[] | undefined> {
  for (const year of ['2017', '2016', '480p']) {
    const text = await readFile(join(folder, 'ImageSets', year, `${list}.txt`), 'utf8').catch(
      () => undefined,
    );
    if (text === undefined) continue;
    const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
    return [...new Set(lines.map((line) => /\/([^/\s]+)\/\d+\.jpg/.exec(line)?.[1] ?? line.trim()))];
  }
  return undefined;
}

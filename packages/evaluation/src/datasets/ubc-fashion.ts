import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import type { Dataset, DatasetPicture, ReadDatasetOptions } from './dataset.ts';
import { entriesOf, foldersIn, stem } from './dataset-files.ts';
import { videoFrames } from './video-frames.ts';

const splitFolders = { training: ['train'], validation: [], test: ['test'] } as const;

/** Takes a video apart into numbered pictures in a folder of their own. */
export type ExtractFrames = (video: string, folder: string) => Promise<void>;

/**
 * UBC Fashion as its script fetches it: `train/<id>.mp4`, `test/<id>.mp4`. Frames are read from a folder beside each video
 * that has its name; where it is not there, `extractFrames` makes it.
 * @throws file-not-found when a video was not taken apart and nobody can
 */
export async function readUbcFashion(
  folder: string,
  options: ReadDatasetOptions & { readonly extractFrames?: ExtractFrames } = {},
): Promise<Dataset> {
  const parts = options.split ? splitFolders[options.split] : (['train', 'test'] as const);
  const pictures: DatasetPicture[] = [];
  for (const part of parts) {
    const root = join(folder, part);
    const apart = new Set(await foldersIn(root));
    const videos = (await entriesOf(root))
      .filter(({ name }) => name.endsWith('.mp4'))
      .map(({ name }) => name);
    for (const video of videos) {
      const frames = join(root, stem(video));
      if (apart.has(stem(video))) continue;
      if (!options.extractFrames) {
        throw new StablePoseError('file-not-found', `The frames of ${join(root, video)} are not there.`, {
          remedy: `Take the video apart: mkdir ${frames} && ffmpeg -i ${join(root, video)} ${join(frames, '%05d.png')}`,
        });
      }
      await options.extractFrames(join(root, video), frames);
      apart.add(stem(video));
    }
    for (const video of [...apart].sort()) {
      pictures.push(...(await videoFrames(video, join(root, video), options)));
    }
  }
  return { name: 'UBC Fashion', layout: 'ubc-fashion', pictures };
}

/** Whether a folder is laid out so: videos, or what they were taken apart into, in train and test. */
export async function isUbcFashion(folder: string): Promise<boolean> {
  for (const part of ['train', 'test']) {
    if ((await entriesOf(join(folder, part))).some(({ name }) => name.endsWith('.mp4'))) return true;
  }
  return false;
}

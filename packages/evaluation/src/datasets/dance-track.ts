import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Rectangle } from '@stable-pose/core';
import type { Dataset, DatasetPicture, DatasetSplit, ReadDatasetOptions } from './dataset.ts';
import { foldersIn } from './dataset-files.ts';
import { videoFrames } from './video-frames.ts';

/** The archives are numbered: train1, train2, val, test1, test2; their sequences may also lie in one folder a split. */
const splitFolders: Readonly<Record<DatasetSplit, RegExp>> = {
  training: /^train\d*$/,
  validation: /^val\d*$/,
  test: /^test\d*$/,
};

/**
 * DanceTrack as it ships, in MOT Challenge's layout: `train1/dancetrack0001/img1/00000001.jpg` and `gt/gt.txt`, whose lines
 * are frame, person, left, top, width, height, ...: those boxes are given to the detector. The test split has none.
 */
export async function readDanceTrack(folder: string, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const wanted = options.split ? [options.split] : (['training', 'validation', 'test'] as const);
  const pictures: DatasetPicture[] = [];
  for (const split of wanted) {
    for (const part of (await foldersIn(folder)).filter((name) => splitFolders[split].test(name))) {
      for (const video of await foldersIn(join(folder, part))) {
        const root = join(folder, part, video);
        const boxes = await boxesOf(join(root, 'gt', 'gt.txt'));
        const known = (frame: number) => (boxes?.has(frame) ? { boxes: boxes.get(frame)! } : {});
        pictures.push(...(await videoFrames(video, join(root, 'img1'), { ...options, known })));
      }
    }
  }
  return { name: 'DanceTrack', layout: 'dance-track', pictures };
}

/** Whether a folder is laid out so. */
export async function isDanceTrack(folder: string): Promise<boolean> {
  for (const part of await foldersIn(folder)) {
    if (!Object.values(splitFolders).some((pattern) => pattern.test(part))) continue;
    const [video] = await foldersIn(join(folder, part));
    if (video && (await foldersIn(join(folder, part, video))).includes('img1')) return true;
  }
  return false;
}

async function boxesOf(file: string): Promise<Map<number, Rectangle[]> | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const boxes = new Map<number, Rectangle[]>();
  for (const line of text.split(/\r?\n/)) {
    const [frame, , x, y, width, height] = line.split(',').map(Number);
    if (!frame || !(width! > 0) || !(height! > 0)) continue;
    const box = { x: x!, y: y!, width: width!, height: height! };
    boxes.set(frame, [...(boxes.get(frame) ?? []), box]);
  }
  return boxes;
}

import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { isDanceTrack, readDanceTrack } from './dance-track.ts';
import type { Dataset, DatasetLayout, DatasetPicture, ReadDatasetOptions } from './dataset.ts';
import { entriesOf, foldersIn, picturesIn, readJson } from './dataset-files.ts';
import { readDavis } from './davis.ts';
import { isHumanArt, readHumanArt } from './human-art.ts';
import { readMapFile } from './map-file.ts';
import { type ExtractFrames, isUbcFashion, readUbcFashion } from './ubc-fashion.ts';
import { videoFrames } from './video-frames.ts';

export interface OpenDatasetOptions extends ReadDatasetOptions {
  /** How it is laid out. Left out, it is recognised. */
  readonly layout?: DatasetLayout;
  readonly extractFrames?: ExtractFrames;
}

/**
 * Reads a data set in the layout it ships in: a map file (LAION-Human, Human-Art for HumanSD), Human-Art, UBC Fashion, DAVIS,
 * DanceTrack; else a folder of pictures, or of folders of frames.
 * @param path the set's folder, or its map or annotation file
 * @throws file-not-found, invalid-input
 */
export async function readDataset(path: string, options: OpenDatasetOptions = {}): Promise<Dataset> {
  if (!existsSync(path)) throw new StablePoseError('file-not-found', `There is no file or folder ${path}.`);
  const layout = options.layout ?? (await recognise(path));
  const set = await read(path, layout, options);
  if (set.pictures.length === 0) {
    throw new StablePoseError('invalid-input', `No pictures were found in ${path}, read as ${layout}.`, {
      remedy: 'Say how it is laid out, or name another split.',
      details: { layout },
    });
  }
  return set;
}

async function read(path: string, layout: DatasetLayout, options: OpenDatasetOptions): Promise<Dataset> {
  switch (layout) {
    case 'map-file':
      return readMapFile(await mapFileIn(path, options.split));
    case 'human-art':
      return readHumanArt(path, options);
    case 'ubc-fashion':
      return readUbcFashion(path, options);
    case 'davis':
      return readDavis(path, options);
    case 'dance-track':
      return readDanceTrack(path, options);
    case 'frames':
      return readFrames(path, options);
    default:
      throw layout satisfies never;
  }
}

async function recognise(path: string): Promise<DatasetLayout> {
  if (!statSync(path).isDirectory()) {
    const json = (await readJson(path)) as { annotations?: unknown };
    return Array.isArray(json.annotations) ? 'human-art' : 'map-file';
  }
  if ((await entriesOf(path)).some(({ name }) => /^mapping_file_\w+\.json$/.test(name))) return 'map-file';
  if (await isHumanArt(path)) return 'human-art';
  if (existsSync(join(path, 'JPEGImages'))) return 'davis';
  if (await isDanceTrack(path)) return 'dance-track';
  if (await isUbcFashion(path)) return 'ubc-fashion';
  return 'frames';
}

async function mapFileIn(path: string, split: string | undefined): Promise<string> {
  if (!statSync(path).isDirectory()) return path;
  for (const part of split ? [split] : ['training', 'validation', 'test']) {
    const file = join(path, `mapping_file_${part}.json`);
    if (existsSync(file)) return file;
  }
  throw new StablePoseError('file-not-found', `${path} has no mapping_file_${split ?? 'training'}.json.`);
}

async function readFrames(folder: string, options: ReadDatasetOptions): Promise<Dataset> {
  const { everyFrame = 1 } = options;
  const loose = (await picturesIn(folder)).filter((_, i) => i % everyFrame === 0);
  const pictures: DatasetPicture[] = loose.map((file) => ({
    name: file.replace(/^.*[\\/]/, '').replace(/\.[^.]*$/, ''),
    file,
    prompt: '',
  }));
  for (const video of await foldersIn(folder)) {
    pictures.push(...(await videoFrames(video, join(folder, video), options)));
  }
  return { name: 'a folder of frames', layout: 'frames', pictures };
}

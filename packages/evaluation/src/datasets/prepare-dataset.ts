import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { type PoseDetector, type Raster, throwIfCancelled } from '@stable-pose/core';
import type { MetricKeypoints } from '../metrics/pose-set.ts';
import type { Dataset, DatasetPicture } from './dataset.ts';
import type { MapFile } from './map-file.ts';
import { encodePoseFile, readPoseFile } from './pose-file.ts';

export interface PrepareOptions {
  /** The folder to make. */
  readonly out: string;
  readonly detector: PoseDetector;
  /** Any picture file as a raster. */
  readonly readPicture: (file: string) => Promise<Raster>;
  /** Said of every picture that the set says nothing of. Default "a person". */
  readonly prompt?: string;
  /** People of which the detector is less sure are left out, 0 to 1. Default 0.3. */
  readonly leastScore?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { done: number; total: number; name: string }) => void;
}

export interface PreparedDataset {
  readonly mapFile: string;
  /** Pictures with somebody in them: what the map file lists. */
  readonly pictures: number;
  readonly people: number;
  /** Pictures in which nobody was found. */
  readonly empty: number;
}

/**
 * Turns pictures or frames into the layout that HumanSD and Stable-Pose train from: `pose/<name>.npz` a picture and one
 * `mapping_file_training.json`. Poses that the set has are taken, others found by the detector (in the set's own boxes,
 * where it has some). Pictures stay where they are. A pose file that is there already is kept, so a stopped run goes on.
 * @throws file-not-found, invalid-image, write errors of Node, cancelled
 */
export async function prepareDataset(set: Dataset, options: PrepareOptions): Promise<PreparedDataset> {
  const { out, prompt = 'a person', signal, onProgress } = options;
  const map: MapFile = {};
  let people = 0;
  let empty = 0;
  for (const [i, picture] of set.pictures.entries()) {
    throwIfCancelled(signal);
    const poseFile = join(out, 'pose', `${safeName(picture.name)}.npz`);
    let found: number;
    if (existsSync(poseFile)) found = (await readPoseFile(poseFile)).length;
    else {
      const poses = await posesOf(picture, options);
      await writeWhole(poseFile, encodePoseFile(poses));
      found = poses.length;
    }
    people += found;
    if (found === 0) empty++;
    else {
      map[picture.name] = {
        img_path: slashed(relative(out, picture.file)),
        pose_path: slashed(relative(out, poseFile)),
        prompt: picture.prompt || prompt,
      };
    }
    onProgress?.({ done: i + 1, total: set.pictures.length, name: picture.name });
  }
  const mapFile = join(out, 'mapping_file_training.json');
  await writeWhole(mapFile, `${JSON.stringify(map, null, 1)}\n`);
  return { mapFile, pictures: Object.keys(map).length, people, empty };
}

async function posesOf(
  picture: DatasetPicture,
  { detector, readPicture, leastScore = 0.3, signal }: PrepareOptions,
): Promise<{ keypoints: MetricKeypoints; score: number }[]> {
  if (picture.poses) return (await picture.poses()).map((keypoints) => ({ keypoints, score: 1 }));
  const raster = await readPicture(picture.file);
  const found = await detector.detect(raster, { boxes: picture.boxes, signal });
  return found
    .filter(({ isGuess, score }) => !isGuess && score >= leastScore)
    .map(({ pose, score }) => ({ keypoints: pose.keypoints, score }));
}

/** A name that stays inside the folder, whatever a set's file says. */
function safeName(name: string): string {
  return name
    .split(/[\\/]+/)
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .map((part) => part.replace(/[^\p{L}\p{N}._-]/gu, '_'))
    .join('/');
}

const slashed = (path: string) => path.split(sep).join('/');

async function writeWhole(path: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}

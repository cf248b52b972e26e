import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type DetectOptions,
  decodePng,
  encodePng,
  type PoseDetector,
  type Raster,
  raster,
} from '@stable-pose/core';
import { type DatasetPicture, encodePoseFile, prepareDataset, readDataset } from '@stable-pose/evaluation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'datasets-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, content: string | Uint8Array = ''): string {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return file;
}

const picture = encodePng(raster(32, 48, 3));
const keypoints = Array.from({ length: 17 }, (_, i) => [i + 1, 2 * i + 1, 1] as const);
const names = (pictures: readonly DatasetPicture[]) => pictures.map(({ name }) => name);

describe('data sets in the layouts they ship in', () => {
  it('LAION-Human and HumanSD: a map file, its paths counted from any folder above it', async () => {
    const folder = 'humansd_data/datasets/Laion/Aesthetics_Human';
    put(`${folder}/images/00000/000000001.jpg`, picture);
    put(`${folder}/pose/00000/000000001.npz`, encodePoseFile([{ keypoints, score: 0.5 }]));
    const map = {
      '00000/000000001': {
        img_path: 'datasets/Laion/Aesthetics_Human/images/00000/000000001.jpg',
        pose_path: 'pose/00000/000000001.npz',
        prompt: 'two people',
        similarity: 0.31,
      },
    };
    put(`${folder}/mapping_file_training.json`, JSON.stringify(map));
    const set = await readDataset(join(root, folder));
    expect([set.name, set.layout]).toEqual(['LAION-Human', 'map-file']);
    const [only] = set.pictures;
    expect(only).toMatchObject({ name: '00000/000000001', prompt: 'two people' });
    expect(readFileSync(only!.file)).toHaveLength(picture.length);
    expect(await only!.poses!()).toEqual([keypoints]);
  });

  it('Human-Art: COCO annotations with descriptions, absent keypoints marked, crowds and empty pictures left out', async () => {
    const flat = keypoints.flatMap(([x, y], i) => [x, y, i === 3 ? 0 : 2]);
    const images = ['a', 'b', 'c'].map((name, i) => ({
      id: i + 1,
      file_name: `HumanArt/images/real_human/dance/${name}.jpg`,
      description: i === 0 ? 'a dancer' : null,
      category: 'dance',
    }));
    const annotations = [
      { image_id: 1, keypoints: flat, iscrowd: 0 },
      { image_id: 1, keypoints: flat, iscrowd: 0 },
      { image_id: 2, keypoints: flat.map((value, i) => (i % 3 === 2 ? 0 : value)) },
      { image_id: 3, keypoints: flat, iscrowd: 1 },
    ];
    put('HumanArt/annotations/validation_humanart.json', JSON.stringify({ images, annotations }));
    put('HumanArt/images/real_human/dance/a.jpg', picture);
    const set = await readDataset(join(root, 'HumanArt'));
    expect(set.layout).toBe('human-art');
    expect(set.pictures).toHaveLength(1);
    expect(set.pictures[0]).toMatchObject({
      prompt: 'a dancer',
      file: join(root, 'HumanArt/images/real_human/dance/a.jpg'),
    });
    const poses = await set.pictures[0]!.poses!();
    expect(poses).toHaveLength(2);
    expect(poses[0]![3]).toEqual([-1, -1, 0]);
    expect(poses[0]![4]).toEqual([5, 9, 1]);
  });

  it('DAVIS: frames by video, a split by its list', async () => {
    for (const video of ['dance-jump', 'blackswan']) {
      for (const frame of ['00000', '00001', '00002']) put(`JPEGImages/480p/${video}/${frame}.jpg`, picture);
    }
    put('ImageSets/2017/val.txt', 'dance-jump\n');
    expect((await readDataset(root)).pictures).toHaveLength(6);
    const set = await readDataset(root, { split: 'validation', everyFrame: 2 });
    expect(names(set.pictures)).toEqual(['dance-jump/00000', 'dance-jump/00002']);
    expect(set.layout).toBe('davis');
  });

  it('DanceTrack: boxes of its ground truth by frame, numbered archives together', async () => {
    put('train1/dancetrack0001/img1/00000001.jpg', picture);
    put('train1/dancetrack0001/img1/00000002.jpg', picture);
    put(
      'train1/dancetrack0001/gt/gt.txt',
      '1,7,10,11,20,30,1,1,1\n2,7,12,11,20,30,1,1,1\n2,8,1,2,3,4,1,1,1\n',
    );
    put('train1/dancetrack0001/seqinfo.ini', '[Sequence]\n');
    put('train2/dancetrack0002/img1/00000001.jpg', picture);
    const set = await readDataset(root, { split: 'training' });
    expect(set.layout).toBe('dance-track');
    expect(names(set.pictures)).toEqual([
      'dancetrack0001/00000001',
      'dancetrack0001/00000002',
      'dancetrack0002/00000001',
    ]);
    expect(set.pictures[1]!.boxes).toEqual([
      { x: 12, y: 11, width: 20, height: 30 },
      { x: 1, y: 2, width: 3, height: 4 },
    ]);
    expect(set.pictures[2]!.boxes).toBeUndefined();
  });

  it('UBC Fashion: videos beside the frames they were taken apart into', async () => {
    put('train/91D23ZVV6NS.mp4');
    put('test/A1P.mp4');
    await expect(readDataset(root)).rejects.toMatchObject({ code: 'file-not-found' });
    const apart: string[] = [];
    const set = await readDataset(root, {
      extractFrames: async (video, folder) => {
        apart.push(video);
        mkdirSync(folder);
        writeFileSync(join(folder, '00001.png'), picture);
      },
    });
    expect(names(set.pictures)).toEqual(['91D23ZVV6NS/00001', 'A1P/00001']);
    expect(apart).toHaveLength(2);
    // A second reading finds the frames.
    expect((await readDataset(root, { split: 'test' })).pictures).toHaveLength(1);
  });

  it('says so where there is nothing to read', async () => {
    await expect(readDataset(root)).rejects.toMatchObject({ code: 'invalid-input' });
    await expect(readDataset(join(root, 'nowhere'))).rejects.toMatchObject({ code: 'file-not-found' });
    put('mapping_file_training.json', '{"a": {"img_path": 3}}');
    await expect(readDataset(root)).rejects.toMatchObject({ code: 'invalid-input' });
  });
});

/** Finds one person in the middle, and nobody in pictures of another height. */
class MiddleDetector implements PoseDetector {
  calls: (DetectOptions | undefined)[] = [];
  async detect({ height }: Raster, options?: DetectOptions) {
    this.calls.push(options);
    const found = {
      pose: { keypoints },
      box: { x: 0, y: 0, width: 9, height: 9 },
      score: 0.8,
      isGuess: height !== 48,
    };
    return [found, { ...found, score: 0.1 }];
  }
  async dispose() {}
}

describe('preparing frames', () => {
  it('writes the layout that training reads, and goes on where it stopped', async () => {
    put('frames/clip/1.png', picture);
    put('frames/clip/2.png', encodePng(raster(32, 40, 3)));
    put('frames/clip/3.png', picture);
    const set = await readDataset(join(root, 'frames'));
    const out = join(root, 'out');
    const detector = new MiddleDetector();
    const controller = new AbortController();
    const options = {
      out,
      detector,
      readPicture: async (file: string) => decodePng(readFileSync(file)),
      prompt: 'a dancer',
    };
    const stopped = prepareDataset(set, {
      ...options,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(detector.calls).toHaveLength(2);
    const made = await prepareDataset(set, options);
    expect(detector.calls).toHaveLength(3);
    expect(made).toMatchObject({ pictures: 2, people: 2, empty: 1 });
    const back = await readDataset(out);
    expect(names(back.pictures)).toEqual(['clip/1', 'clip/3']);
    expect(back.pictures[0]).toMatchObject({ prompt: 'a dancer', file: join(root, 'frames/clip/1.png') });
    expect(await back.pictures[0]!.poses!()).toEqual([keypoints]);
  });
});

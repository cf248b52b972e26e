import { readFileSync } from 'node:fs';
import { decodePng, type Raster, type Rectangle } from '../../../packages/core/src/image/index.ts';
import type { Keypoint, Pose } from '../../../packages/core/src/pose/index.ts';

interface Label {
  readonly file: string;
  readonly people: readonly {
    readonly keypoints: readonly (readonly [number, number, number])[];
    readonly box: readonly [left: number, top: number, right: number, bottom: number];
  }[];
}

/** A render of our own that no training saw, with the truth about its people. */
export interface RenderPicture {
  readonly file: string;
  readonly picture: Raster;
  readonly poses: readonly Pose[];
  readonly boxes: readonly Rectangle[];
}

/** Ten renders of 256 x 256, of held-out seeds; pictures/labels.json has the command. */
export function renderPictures(): readonly RenderPicture[] {
  const folder = new URL('pictures/', import.meta.url);
  const { pictures } = JSON.parse(readFileSync(new URL('labels.json', folder), 'utf8')) as {
    pictures: readonly Label[];
  };
  return pictures.map(({ file, people }) => ({
    file,
    picture: decodePng(readFileSync(new URL(file, folder))),
    poses: people.map(({ keypoints }) => ({
      keypoints: keypoints.map(([x, y, seen]): Keypoint => (seen > 0 ? [x, y, 1] : [0, 0, 0])),
    })),
    boxes: people.map(({ box: [left, top, right, bottom] }) => ({
      x: Math.floor(left),
      y: Math.floor(top),
      width: Math.ceil(right - left),
      height: Math.ceil(bottom - top),
    })),
  }));
}

import type { Raster } from '@stable-pose/core';
import type { Dataset } from '../datasets/dataset.ts';
import type { MetricKeypoints } from '../metrics/pose-set.ts';
import type { EvaluationEntry } from './evaluation-list.ts';

export interface ListFromDatasetOptions {
  /** Side of the pictures to ask for. Default 512. */
  readonly side?: number;
  /** At most so many pictures. */
  readonly limit?: number;
  readonly readPicture: (file: string) => Promise<Raster>;
}

/**
 * A list from the pictures of a set: each is scaled so that its shorter side fits and cut in the middle, and its people with
 * it; keypoints that fall outside are absent, and so is a person without any. Pictures without people are left out.
 * @throws file-not-found, invalid-image, and what reading poses throws
 */
export async function listFromDataset(
  set: Dataset,
  options: ListFromDatasetOptions,
): Promise<EvaluationEntry[]> {
  const { side = 512, limit = Number.POSITIVE_INFINITY, readPicture } = options;
  const entries: EvaluationEntry[] = [];
  for (const picture of set.pictures) {
    if (entries.length >= limit) break;
    if (!picture.poses) continue;
    const poses = await picture.poses();
    if (poses.length === 0) continue;
    const { width, height } = await readPicture(picture.file);
    const scale = side / Math.min(width, height);
    const [x0, y0] = [(width * scale - side) / 2, (height * scale - side) / 2];
    const moved = poses
      .map((pose) =>
        pose.map(([x, y, confidence]): MetricKeypoints[number] => {
          const [newX, newY] = [x * scale - x0, y * scale - y0];
          const isInside = newX >= 0 && newY >= 0 && newX < side && newY < side;
          return confidence > 0 && isInside ? [newX, newY, Math.min(1, confidence)] : [-1, -1, 0];
        }),
      )
      .filter((pose) => pose.some(([, , confidence]) => confidence > 0));
    if (moved.length === 0) continue;
    entries.push({
      name: picture.name.replace(/[^\p{L}\p{N}._-]+/gu, '_'),
      prompt: picture.prompt,
      width: side,
      height: side,
      poses: moved,
      picture: picture.file,
    });
  }
  return entries;
}

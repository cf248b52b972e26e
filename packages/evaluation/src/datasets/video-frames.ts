import type { DatasetPicture } from './dataset.ts';
import { picturesIn, stem } from './dataset-files.ts';

/** The frames of one video as pictures, every so many of them. */
export async function videoFrames(
  video: string,
  folder: string,
  options: {
    readonly everyFrame?: number;
    /** What the set knows of a frame, by its number: the first is 1. */
    readonly known?: (frame: number) => Partial<DatasetPicture>;
  } = {},
): Promise<DatasetPicture[]> {
  const { everyFrame = 1, known } = options;
  const files = await picturesIn(folder);
  return files.flatMap((file, i) =>
    i % everyFrame === 0
      ? [{ name: `${video}/${stem(file)}`, file, prompt: '', video, ...known?.(i + 1) }]
      : [],
  );
}

import type { Pose, Rectangle } from '@stable-pose/core';
import type { InsideFiles } from './inside-files.ts';

/** As the build writes it: places in thousandths of a square, null where the body hides them. */
interface NamedPoses {
  readonly views: readonly string[];
  readonly poses: Readonly<
    Record<string, Readonly<Record<string, readonly (readonly [number, number] | null)[]>>>
  >;
}

/** The file of the page that has them. */
export const namedPosesFile = 'poses.json';

/**
 * A pose by words, as people type them into Figma's quick-action box, standing in an area. Undefined where no name is alike.
 * @param view one of the five sides; `front` where it is none
 */
export async function namedPose(
  files: InsideFiles,
  name: string,
  view: string,
  area: Rectangle,
): Promise<Pose | undefined> {
  const { poses, views } = JSON.parse(await (await files.read(namedPosesFile)).text()) as NamedPoses;
  const wanted = plain(name);
  const found =
    Object.keys(poses).find((one) => one === wanted) ??
    Object.keys(poses).find((one) => wanted !== '' && one.startsWith(wanted));
  if (found === undefined) return undefined;
  const side = views.find((one) => one === plain(view)) ?? 'front';
  const scale = Math.min(area.width, area.height) / 1000;
  const left = area.x + (area.width - 1000 * scale) / 2;
  const top = area.y + (area.height - 1000 * scale) / 2;
  const keypoints = poses[found][side].map((place) =>
    place ? ([left + place[0] * scale, top + place[1] * scale, 1] as const) : ([0, 0, 0] as const),
  );
  return { keypoints };
}

function plain(words: string): string {
  return words
    .toLowerCase()
    .replace(/\bview\b/g, '')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}

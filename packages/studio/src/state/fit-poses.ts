import type { Pose, Rectangle, Size } from '@stable-pose/core';
import { moveWithArea } from '@stable-pose/sdk';
import type { Bounds } from '../editor/index.ts';

/** Poses in pixels of one picture, in those of another into whose middle it is laid whole. */
export function fitPoses(poses: readonly Pose[], from: Size, into: Size): readonly Pose[] {
  return moveWithArea(poses, { x: 0, y: 0, width: from.width, height: from.height }, fittedArea(from, into));
}

/**
 * A box on the paper, in whole pixels of the picture that lies behind, and not beyond it.
 * @param area in pixels of the paper; absent: the whole picture
 * @returns undefined when they hardly meet
 */
export function boxInPicture(area: Bounds | undefined, picture: Size, paper: Size): Rectangle | undefined {
  if (!area) return { x: 0, y: 0, width: picture.width, height: picture.height };
  const { x, y, width } = fittedArea(picture, paper);
  const scale = picture.width / width;
  const within = (value: number, most: number) => Math.round(Math.min(most, Math.max(0, value)));
  const [left, right] = [area.left, area.right].map((at) => within((at - x) * scale, picture.width));
  const [top, bottom] = [area.top, area.bottom].map((at) => within((at - y) * scale, picture.height));
  if (right - left < smallestBox || bottom - top < smallestBox) return undefined;
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Pixels of a picture; less is a slip of the hand. */
const smallestBox = 4;

/** Where a picture lies that is laid whole into the middle of another. */
export function fittedArea(from: Size, into: Size): Rectangle {
  const scale = Math.min(into.width / from.width, into.height / from.height);
  const [width, height] = [from.width * scale, from.height * scale];
  return { x: (into.width - width) / 2, y: (into.height - height) / 2, width, height };
}

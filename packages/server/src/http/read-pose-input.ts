import { readPoses, type Size, StablePoseError, scalePoses } from '@stable-pose/core';

/** Largest side that is drawn. */
const longestSide = 8192;

/** A pose file from a request, in a picture of the asked size, else of its own. @throws invalid-pose */
export function readPoseInput(value: unknown, asked: Partial<Size>) {
  const wanted =
    asked.width !== undefined && asked.height !== undefined
      ? { width: asked.width, height: asked.height }
      : undefined;
  const { poses, width, height, format, notes } = readPoses(value, { size: wanted });
  const own = width !== undefined && height !== undefined ? { width, height } : undefined;
  const size = wanted ?? own;
  if (size === undefined) {
    throw new StablePoseError('invalid-pose', 'The pose file does not say how large its picture is.', {
      remedy: 'Give width and height.',
    });
  }
  if (size.width > longestSide || size.height > longestSide) {
    throw new StablePoseError('limit-exceeded', `A pose's picture may have sides of ${longestSide} pixels.`, {
      remedy: 'Give a smaller width and height.',
    });
  }
  const isSame = own === undefined || (own.width === size.width && own.height === size.height);
  return { poses: isSame ? poses : scalePoses(poses, own, size), size, format, notes };
}

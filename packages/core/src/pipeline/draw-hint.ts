import type { HintConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Raster } from '../image/index.ts';
import { drawOpenPose, drawPoses, type OutOfFrame, type Pose, type Size } from '../pose/index.ts';

/**
 * The poses as an adapter was trained to see them. OpenPose's drawing clips at the border whatever `outOfFrame` says: moving
 * keypoints to a corner is Stable-Pose's loader's way alone.
 * @param poses in pixels of `size`
 * @returns RGB on black
 */
export function drawHint(
  hint: HintConfig,
  poses: readonly Pose[],
  { width, height }: Size,
  outOfFrame: OutOfFrame,
): Raster {
  switch (hint.drawing) {
    case 'stable-pose':
      return drawPoses(poses, { width, height, lineWidth: hint.lineWidth, outOfFrame });
    case 'openpose':
      return drawOpenPose(poses, { width, height });
    default:
      throw new StablePoseError('internal', `There is no drawing ${hint satisfies never}.`);
  }
}

/** Whether a drawing shows hands and faces. */
export function drawsHandsAndFaces({ drawing }: HintConfig): boolean {
  return drawing === 'openpose';
}

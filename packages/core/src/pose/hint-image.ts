import { type Raster, withChannels } from '../image/raster.ts';
import { type FloatTensor, float32 } from '../tensor/tensor.ts';
import { type DrawingOptions, drawPoses } from './draw-poses.ts';
import type { Pose } from './keypoints.ts';

/** Hint values of black and of white. */
export type HintRange = readonly [black: number, white: number];

/** What Stable-Pose was trained on. */
const stablePoseRange: HintRange = [-1, 1];

/** The value of each byte, computed in double and rounded once to fp32: for [-1, 1] the reference's. */
function hintValues([black, white]: HintRange): Float32Array {
  return Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) * (white - black) + black);
}

/**
 * The skeletons as the adapter takes them.
 * @returns float32 `[1, 3, H, W]` in [-1, 1], channel 0 red, -1 where nothing is drawn
 */
export function hintImage(poses: readonly Pose[], options: DrawingOptions): FloatTensor {
  return hintFromRaster(drawPoses(poses, options));
}

/**
 * A drawn skeleton (RGB; other channel counts are converted) as a hint image `[1, 3, H, W]`.
 * @param range values of black and white; [-1, 1] unless told
 */
export function hintFromRaster(picture: Raster, range: HintRange = stablePoseRange): FloatTensor {
  const { width, height, data } = withChannels(picture, 3, 0);
  const values = hintValues(range);
  const plane = width * height;
  const hint = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    hint[i] = values[data[3 * i]];
    hint[i + plane] = values[data[3 * i + 1]];
    hint[i + 2 * plane] = values[data[3 * i + 2]];
  }
  return float32([1, 3, height, width], hint);
}

import { type Raster, withChannels } from '../image/raster.ts';
import { type FloatTensor, float32 } from '../tensor/tensor.ts';
import { type DrawingOptions, drawPoses } from './draw-poses.ts';
import type { Pose } from './keypoints.ts';

/** byte / 255 * 2 - 1 in double, rounded once to fp32: the reference's hint value of each byte. */
const hintValues = Float32Array.from({ length: 256 }, (_, byte) => (byte / 255) * 2 - 1);

/**
 * The skeletons as the adapter takes them.
 * @returns float32 `[1, 3, H, W]` in [-1, 1], channel 0 red, -1 where nothing is drawn
 */
export function hintImage(poses: readonly Pose[], options: DrawingOptions): FloatTensor {
  return hintFromRaster(drawPoses(poses, options));
}

/** A drawn skeleton (RGB; other channel counts are converted) as a hint image `[1, 3, H, W]`. */
export function hintFromRaster(picture: Raster): FloatTensor {
  const { width, height, data } = withChannels(picture, 3, 0);
  const plane = width * height;
  const hint = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    hint[i] = hintValues[data[3 * i]];
    hint[i + plane] = hintValues[data[3 * i + 1]];
    hint[i + 2 * plane] = hintValues[data[3 * i + 2]];
  }
  return float32([1, 3, height, width], hint);
}

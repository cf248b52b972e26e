import { StablePoseError } from '../errors.ts';
import type { FloatTensor } from '../tensor/tensor.ts';

/** Weight of the squared error inside the pose (the authors' configuration). */
const insideWeight = 5;

/** What the loss of a batch came to. */
export interface GuidedLoss {
  /** One a row: the mean over all of the row's values. */
  readonly perRow: readonly number[];
  /** Their mean. */
  readonly loss: number;
}

/**
 * Stable-Pose's pose-mask guided loss: per row the mean over all channels and cells of
 * (noisePrediction - noise)^2 (alpha where the mask is set, else 1), not divided by the mask's area.
 *
 * @param noisePrediction [rows, channels, h, w]
 * @param noise the same dims: what was added
 * @param poseMask 0/1, [rows, h, w]: the finest of the pose masks (the one of the last PMSA layer), for every channel
 * @throws invalid-input when the sizes do not fit
 */
export function guidedLoss(
  noisePrediction: FloatTensor,
  noise: FloatTensor,
  poseMask: Uint8Array,
  alpha: number = insideWeight,
): GuidedLoss {
  const [rows, channels, height, width] = noisePrediction.dims;
  const cells = height * width;
  if (noisePrediction.dims.length !== 4 || noise.data.length !== noisePrediction.data.length) {
    throw new StablePoseError(
      'invalid-input',
      `The loss needs prediction and noise of the same dims [rows, channels, h, w], got [${noisePrediction.dims}] and [${noise.dims}].`,
    );
  }
  if (poseMask.length !== rows * cells) {
    throw new StablePoseError(
      'invalid-input',
      `The loss needs a pose mask of ${rows} x ${height} x ${width} cells, got ${poseMask.length}.`,
    );
  }
  const perRow = Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) {
      const start = (row * channels + channel) * cells;
      for (let cell = 0; cell < cells; cell++) {
        const error = noisePrediction.data[start + cell] - noise.data[start + cell];
        sum += error * error * (poseMask[row * cells + cell] ? alpha : 1);
      }
    }
    return sum / (channels * cells);
  });
  return { perRow, loss: perRow.reduce((sum, value) => sum + value, 0) / rows };
}

import type { Keypoint } from '../pose/index.ts';
import type { FloatTensor } from '../tensor/index.ts';

/**
 * Keypoints from heat maps, below a cell's size. A keypoint's probabilities are the softmax over its cells and one cell more
 * of logit 0, "nowhere". Its peak is the cell whose 3 x 3 neighbourhood holds most; its place is the mean over the square of
 * 2 window + 1 cells around the peak, and its confidence the probability inside that square.
 *
 * @param heatMaps logits `[1, K, h, w]`
 * @param stride pixels a cell
 * @returns K keypoints in pixels of the network's picture (a pixel's centre at .5), confidences 0 to 1
 */
export function decodeHeatMaps(
  heatMaps: FloatTensor,
  { stride, window }: { readonly stride: number; readonly window: number },
): Keypoint[] {
  const [, count, height, width] = heatMaps.dims;
  const cells = height * width;
  return Array.from({ length: count }, (_, keypoint) => {
    const shares = softmaxWithNowhere(heatMaps.data.subarray(keypoint * cells, (keypoint + 1) * cells));
    const { row, column } = peakOf(shares, height, width);
    let [mass, x, y] = [0, 0, 0];
    for (let j = Math.max(0, row - window); j <= Math.min(height - 1, row + window); j++) {
      for (let i = Math.max(0, column - window); i <= Math.min(width - 1, column + window); i++) {
        const share = shares[j * width + i];
        mass += share;
        x += share * (i + 0.5);
        y += share * (j + 0.5);
      }
    }
    const sure = Math.max(mass, 1e-9);
    return [(x / sure) * stride, (y / sure) * stride, Math.min(1, mass)];
  });
}

function softmaxWithNowhere(logits: Float32Array): Float64Array {
  let largest = 0;
  for (const logit of logits) largest = Math.max(largest, logit);
  const shares = new Float64Array(logits.length);
  let sum = Math.exp(-largest);
  for (let i = 0; i < logits.length; i++) {
    shares[i] = Math.exp(logits[i] - largest);
    sum += shares[i];
  }
  return shares.map((share) => share / sum);
}

function peakOf(shares: Float64Array, height: number, width: number): { row: number; column: number } {
  let [best, row, column] = [-1, 0, 0];
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      let near = 0;
      for (let y = Math.max(0, j - 1); y <= Math.min(height - 1, j + 1); y++) {
        for (let x = Math.max(0, i - 1); x <= Math.min(width - 1, i + 1); x++) near += shares[y * width + x];
      }
      if (near > best) [best, row, column] = [near, j, i];
    }
  }
  return { row, column };
}

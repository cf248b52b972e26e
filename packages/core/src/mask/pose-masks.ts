import { StablePoseError } from '../errors.ts';
import { pictureScale, scaledKernel } from '../image/picture-scale.ts';
import { type FloatTensor, type Tensor, tensor } from '../tensor/tensor.ts';
import {
  blurredBackground,
  blurredPixel,
  type GaussianKernel,
  gaussianKernel,
  reflect,
  tapWeightSum,
} from './gaussian-kernel.ts';
import { cellSide, isLit, type LitRegion, litRegion } from './lit-region.ts';

/**
 * `evaluation`: a cell counts when a blurred pixel exceeds -0.99 (what generation uses).
 * `support`: a cell counts when the blur's window reaches a lit pixel (what the training rule means).
 * `training`: the authors' training code as it behaves: a cell counts when a blurred pixel exceeds -1. Where the fp32
 * kernel lets black ground rise above -1, that is every cell.
 */
export type MaskRule = 'evaluation' | 'support' | 'training';

/** How `poseMasks` blurs and decides. */
export interface PoseMaskOptions {
  /** Odd kernel sizes, coarse first, in pixels of a 512-pixel picture. */
  readonly kernels: readonly number[];
  /** In pixels of a 512-pixel picture. */
  readonly sigma: number;
  /** `evaluation` unless told. */
  readonly rule?: MaskRule;
  /** `picture` (unless told): kernels and sigma grow with the picture. `none`: they are the picture's own pixels. */
  readonly scale?: 'picture' | 'none';
}

/** The threshold of the evaluation rule, as fp32 holds it. Source: the authors' eval_pose.py. */
const evaluationThreshold = Math.fround(-0.99);

/** The threshold of the training rule. Source: the authors' training step. */
const trainingThreshold = -1;

/** How far the reference's fp32 sums of some hundred terms below 1 may stray from the exact ones: 1e-6, with room. */
const doubtful = 1e-5;

/**
 * Coarse-to-fine pose masks: where, at each coarseness, the picture is about the pose.
 *
 * mask[k] = 1 in a cell of 8 x 8 pixels when any of its pixels, in any channel, blurred by a Gaussian of kernels[k],
 * exceeds -0.99. Stable-Pose (arXiv 2406.02485), section 3.2; mask/SPEC.md M1 to M8.
 *
 * @param hintImage `[1, 3, H, W]` in [-1, 1]; H and W divisible by 8
 * @returns 0/1, `[K, H / 8, W / 8]`, in the order of `kernels`
 * @throws invalid-input for a wrong shape, an even kernel or one wider than the picture allows, or sigma of 0 or less
 */
export function poseMasks(hintImage: FloatTensor, options: PoseMaskOptions): Tensor<'uint8'> {
  const region = litRegion(hintImage);
  const { width, height } = region;
  const scale = options.scale === 'none' ? 1 : pictureScale(width, height);
  const cells = (width / cellSide) * (height / cellSide);
  const masks = new Uint8Array(options.kernels.length * cells);
  options.kernels.forEach((stated, layer) => {
    checkKernel(stated, options.sigma);
    const size = options.scale === 'none' ? stated : scaledKernel(stated, scale);
    if ((size - 1) / 2 >= Math.min(width, height)) {
      throw new StablePoseError(
        'invalid-input',
        `A kernel of ${size} pixels needs a picture whose sides are above ${(size - 1) / 2}, got ${width} x ${height}.`,
        { remedy: 'Use a smaller kernel or a larger picture.', details: { kernel: size, width, height } },
      );
    }
    const mask = masks.subarray(layer * cells, (layer + 1) * cells);
    const kernel = gaussianKernel(size, options.sigma * scale);
    const rule = options.rule ?? 'evaluation';
    if (rule === 'support') fillSupportMask(mask, region, size);
    else if (rule === 'training' && blurredBackground(kernel) > trainingThreshold) mask.fill(1);
    else {
      const threshold = rule === 'evaluation' ? evaluationThreshold : trainingThreshold;
      fillBlurredMask(mask, region, hintImage.data, kernel, threshold);
    }
  });
  return tensor('uint8', [options.kernels.length, height / cellSide, width / cellSide], masks);
}

function checkKernel(size: number, sigma: number): void {
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw new StablePoseError('invalid-input', `A kernel size must be an odd whole number, got ${size}.`);
  }
  if (!(sigma > 0) || !Number.isFinite(sigma)) {
    throw new StablePoseError('invalid-input', `Sigma must be above 0, got ${sigma}.`);
  }
}

/** The reflected border adds nothing here: what it shows lies within the window already. */
function fillSupportMask(mask: Uint8Array, region: LitRegion, size: number): void {
  const reach = (size - 1) / 2;
  const across = region.width / cellSide;
  for (let cell = 0; cell < mask.length; cell++) {
    const left = (cell % across) * cellSide;
    const top = Math.floor(cell / across) * cellSide;
    const lit = isLit(
      region,
      left - reach,
      top - reach,
      left + cellSide - 1 + reach,
      top + cellSide - 1 + reach,
    );
    mask[cell] = lit ? 1 : 0;
  }
}

/**
 * Only cells that the window reaches are looked at, and of those only the ones that one cell's light does not lift over the
 * threshold already. There the brightest channel is blurred first, separably and in double: no channel's blur exceeds
 * it, so what stays below the threshold is settled. What does not is computed in the reference's own arithmetic.
 * `light` (hint + 1) is blurred instead of the hint, so that black ground costs nothing:
 * blur(hint) = blur(light) - sum of weights.
 */
function fillBlurredMask(
  mask: Uint8Array,
  region: LitRegion,
  hint: Float32Array,
  kernel: GaussianKernel,
  threshold: number,
): void {
  const { width, height, brightest, cellLight } = region;
  const reach = (kernel.size - 1) / 2;
  const across = width / cellSide;
  const down = height / cellSide;
  const half = cellSide / 2;
  const limit = threshold + tapWeightSum(kernel);
  const light = new BlurredLight(region, kernel);
  for (let cell = 0; cell < mask.length; cell++) {
    const column = cell % across;
    const row = Math.floor(cell / across);
    const left = column * cellSide;
    const top = row * cellSide;
    if (!isLit(region, left - reach, top - reach, left + cellSide - 1 + reach, top + cellSide - 1 + reach)) {
      continue;
    }
    mask[cell] = surelyAbove(column, row) || anyPixelAbove(left, top) ? 1 : 0;
  }

  /**
   * Whether the light of one channel in the cell, or in one of its neighbours, suffices: all of it weighs at least what
   * the farthest pixel of that cell weighs, seen from this cell's middle or from its nearest edge or corner.
   */
  function surelyAbove(column: number, row: number): boolean {
    const enough = limit + doubtful;
    if (brightest[row * across + column] * weightAt(0, 0) > enough) return true;
    for (let dy = -1; dy <= 1; dy++) {
      for (let dx = -1; dx <= 1; dx++) {
        const x = column + dx;
        const y = row + dy;
        if (x < 0 || y < 0 || x >= across || y >= down) continue;
        const weight = weightAt(dx === 0 ? half : cellSide, dy === 0 ? half : cellSide);
        const cell = y * across + x;
        for (let channel = 0; channel < 3; channel++) {
          if (cellLight[channel * mask.length + cell] * weight > enough) return true;
        }
      }
    }
    return false;
  }

  function weightAt(dx: number, dy: number): number {
    return dx <= reach && dy <= reach ? kernel.taps[(reach - dy) * kernel.size + reach - dx] : 0;
  }

  function anyPixelAbove(left: number, top: number): boolean {
    light.prepare(left, top);
    for (let y = top; y < top + cellSide; y++) {
      for (let x = left; x < left + cellSide; x++) {
        if (light.at(x, y) <= limit - doubtful) continue;
        for (let channel = 0; channel < 3; channel++) {
          const blurred = blurredPixel(kernel, hint, { channel, width, height, x, y });
          if (blurred > threshold) return true;
        }
      }
    }
    return false;
  }
}

/** The light of a region, blurred where it is asked for. */
class BlurredLight {
  private readonly rows: Float32Array;
  private readonly done: Uint8Array;
  private readonly weights: Float64Array;
  private readonly reach: number;
  private readonly region: LitRegion;

  constructor(region: LitRegion, kernel: GaussianKernel) {
    this.region = region;
    this.reach = (kernel.size - 1) / 2;
    // weights[d] belongs to the two taps at distance d: the kernel is symmetric.
    this.weights = Float64Array.from(kernel.weights.subarray(this.reach));
    this.rows = new Float32Array(region.width * region.height);
    this.done = new Uint8Array((region.width / cellSide) * region.height);
  }

  /** Blurs along rows what {@link at} needs for a cell: its own rows and the window's reach above and below. */
  prepare(left: number, top: number): void {
    const { height, width, firstColumn, lastColumn } = this.region;
    const across = width / cellSide;
    const first = Math.max(0, top - this.reach);
    const last = Math.min(height - 1, top + cellSide - 1 + this.reach);
    for (let y = first; y <= last; y++) {
      const eight = y * across + left / cellSide;
      if (this.done[eight]) continue;
      this.done[eight] = 1;
      const reachesLight =
        firstColumn[y] <= left + cellSide - 1 + this.reach && lastColumn[y] >= left - this.reach;
      if (reachesLight) this.blurEight(left, y);
    }
  }

  private blurEight(left: number, y: number): void {
    const { width, light } = this.region;
    const { rows, weights, reach } = this;
    const inside = left >= reach && left + cellSide - 1 + reach < width;
    const row = y * width;
    for (let x = left; x < left + cellSide; x++) {
      let sum = weights[0] * light[row + x];
      if (inside) {
        for (let d = 1; d <= reach; d++) sum += weights[d] * (light[row + x - d] + light[row + x + d]);
      } else {
        for (let d = 1; d <= reach; d++) {
          sum += weights[d] * (light[row + reflect(x - d, width)] + light[row + reflect(x + d, width)]);
        }
      }
      rows[row + x] = sum;
    }
  }

  /** The blurred light of a pixel in a prepared cell. */
  at(x: number, y: number): number {
    const { width, height } = this.region;
    const { rows, weights, reach } = this;
    const middle = y * width + x;
    let sum = weights[0] * rows[middle];
    if (y >= reach && y + reach < height) {
      for (let d = 1, step = width; d <= reach; d++, step += width) {
        sum += weights[d] * (rows[middle - step] + rows[middle + step]);
      }
    } else {
      for (let d = 1; d <= reach; d++) {
        sum +=
          weights[d] * (rows[reflect(y - d, height) * width + x] + rows[reflect(y + d, height) * width + x]);
      }
    }
    return sum;
  }
}

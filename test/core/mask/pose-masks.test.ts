import { describe, expect, it } from 'vitest';
import { decodePng } from '../../../packages/core/src/image/index.ts';
import { attentionMasks } from '../../../packages/core/src/mask/attention-masks.ts';
import {
  blurredBackground,
  blurredPixel,
  gaussianKernel,
  tapWeightSum,
} from '../../../packages/core/src/mask/gaussian-kernel.ts';
import { patchMasks } from '../../../packages/core/src/mask/patch-masks.ts';
import { poseMasks } from '../../../packages/core/src/mask/pose-masks.ts';
import { hintFromRaster, hintImage } from '../../../packages/core/src/pose/hint-image.ts';
import type { Keypoint, Pose } from '../../../packages/core/src/pose/keypoints.ts';
import { type FloatTensor, float32, tensor } from '../../../packages/core/src/tensor/index.ts';
import { referenceBytes, referenceJson, referenceTensors } from '../../support/reference-set.ts';

const { kernels, sigma, names, cases } = referenceJson<{
  kernels: number[];
  sigma: number;
  names: string[];
  cases: Record<string, Record<string, { eval_cells: number; blurred_background: number }>>;
}>('02_masks/masks.json');
const masks = referenceTensors('02_masks/masks.safetensors');

const hints = new Map<string, FloatTensor>();
function hintOf(name: string): FloatTensor {
  let hint = hints.get(name);
  if (hint === undefined) {
    hint = hintFromRaster(decodePng(referenceBytes(`01_skeleton/${name}.dataset.png`)));
    hints.set(name, hint);
  }
  return hint;
}

describe('the Gaussian kernel', () => {
  it.each(kernels)('[M2] has the reference weights bit for bit: %i', (size) => {
    const kernel = gaussianKernel(size, sigma);
    expect(kernel.weights).toEqual(masks.get(`kernel1d.k${size}`, 'F32').data);
    // The sum of 529 doubles, in another order than the reference took them: 1e-15 a term at most.
    expect(tapWeightSum(kernel)).toBeCloseTo(masks.get(`kernel2d_sum_f64.k${size}`, 'F64').data[0], 13);
    expect(blurredBackground(kernel)).toBe(cases.front[`k${size}`].blurred_background);
  });
});

describe('pose masks', () => {
  it.each(names)('[M1] [M3] [M6] follow the evaluation rule cell for cell: %s', (name) => {
    const ours = poseMasks(hintOf(name), { kernels, sigma });
    expect(ours.dims).toEqual([2, 64, 64]);
    const patches = patchMasks(ours);
    kernels.forEach((size, layer) => {
      const mask = ours.data.subarray(layer * 4096, (layer + 1) * 4096);
      expect(mask).toEqual(masks.get(`${name}.eval.k${size}`, 'U8').data);
      expect(mask.reduce((sum, cell) => sum + cell, 0)).toBe(cases[name][`k${size}`].eval_cells);
      const patch = patches.data.subarray(layer * 1024, (layer + 1) * 1024);
      expect(patch).toEqual(masks.get(`${name}.patch32.eval.k${size}`, 'U8').data);
    });
  });

  it.each(names)('[M4] [M5] follow the support rule, and the training code as it behaves: %s', (name) => {
    const support = poseMasks(hintOf(name), { kernels, sigma, rule: 'support' });
    const training = poseMasks(hintOf(name), { kernels, sigma, rule: 'training' });
    kernels.forEach((size, layer) => {
      const part = [layer * 4096, (layer + 1) * 4096] as const;
      expect(support.data.subarray(...part)).toEqual(masks.get(`${name}.support.k${size}`, 'U8').data);
      expect(training.data.subarray(...part)).toEqual(masks.get(`${name}.train.k${size}`, 'U8').data);
    });
  });

  it('[M7] open attention to pairs of which one is about the pose', () => {
    const [kernel] = [...kernels].reverse();
    const patches = patchMasks(poseMasks(hintOf('front'), { kernels: [kernel], sigma }));
    const attention = attentionMasks(patches);
    const bits = masks.get('attn_bits.32x32', 'U8').data;
    let differing = 0;
    for (let i = 0; i < 1024; i++) {
      for (let j = 0; j < 1024; j++) {
        if (attention.data[i * 1024 + j] !== ((bits[i * 128 + (j >> 3)] >> (j & 7)) & 1)) differing++;
      }
    }
    expect(differing).toBe(0);
  });

  it('[M8] scale with the picture: the identity at 512, 11 and 7 at 256', () => {
    const person = walker(256, 256);
    const drawn = hintImage([person], { width: 256, height: 256 });
    expect(poseMasks(drawn, { kernels: [23, 13], sigma: 3 }).data).toEqual(
      poseMasks(drawn, { kernels: [11, 7], sigma: 1.5, scale: 'none' }).data,
    );
  });

  it.each([
    [192, 128],
    [128, 256],
    [64, 64],
    [72, 136],
  ])('[M3] equal the blur written out plainly, borders included: %i x %i', (width, height) => {
    const poses = [walker(width, height), shifted(walker(width, height), -width / 2, height / 3)];
    const hint = hintImage(poses, { width, height, lineWidth: 6, scale: 'none' });
    for (const size of [23, 7, 1]) {
      const ours = poseMasks(hint, { kernels: [size], sigma: 3, scale: 'none' });
      expect(ours.data).toEqual(plainMask(hint, size, 3));
    }
  });

  it('[M3] find a single dim pixel where the blur still carries it, and nothing on black', () => {
    const black = float32([1, 3, 64, 64]);
    black.data.fill(-1);
    expect(poseMasks(black, { kernels: [13], sigma: 3 }).data.some((cell) => cell !== 0)).toBe(false);
    black.data[64 * 64 + 30 * 64 + 31] = -0.4;
    const ours = poseMasks(black, { kernels: [13], sigma: 3, scale: 'none' });
    expect(ours.data).toEqual(plainMask(black, 13, 3));
    expect(ours.data.reduce((sum, cell) => sum + cell, 0)).toBeGreaterThan(0);
  });

  it('[M1] look at the hint image alone, whatever drew it', () => {
    const { dims, data } = hintOf('front');
    const grey = float32(
      dims,
      data.map((value) => (value > -1 ? 0.5 : -1)),
    );
    expect(poseMasks(grey, { kernels, sigma, rule: 'support' })).toEqual(
      poseMasks(hintOf('front'), { kernels, sigma, rule: 'support' }),
    );
  });

  it('[M9] need sides above half the kernel', () => {
    const kernel = { kernels: [23], sigma: 3, scale: 'none' } as const;
    expect(poseMasks(float32([1, 3, 16, 16]), kernel).dims).toEqual([1, 2, 2]);
    expect(() => poseMasks(float32([1, 3, 16, 8]), kernel)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }) as Error,
    );
  });

  it('[M1] refuse wrong shapes and kernels, saying what was expected', () => {
    const hint = (dims: number[]) => float32(dims);
    expect(() => poseMasks(hint([3, 64, 64]), { kernels: [13], sigma: 3 })).toThrow(/\[1, 3, H, W\]/);
    expect(() => poseMasks(hint([1, 3, 60, 64]), { kernels: [13], sigma: 3 })).toThrow(/divisible by 8/);
    expect(() => poseMasks(hint([1, 3, 64, 64]), { kernels: [12], sigma: 3 })).toThrow(/odd/);
    expect(() => poseMasks(hint([1, 3, 64, 64]), { kernels: [13], sigma: 0 })).toThrow(/Sigma/);
    expect(() => poseMasks(hint([1, 3, 8, 8]), { kernels: [23], sigma: 3, scale: 'none' })).toThrow(/kernel/);
    expect(() => patchMasks(tensor('uint8', [1, 3, 4], new Uint8Array(12)))).toThrow(/patch size/);
  });
});

/** Someone walking, filling the picture. */
function walker(width: number, height: number): Pose {
  const shape = [
    [0.5, 0.12],
    [0.52, 0.1],
    [0.48, 0.1],
    [0.55, 0.12],
    [0.45, 0.12],
    [0.62, 0.25],
    [0.38, 0.25],
    [0.7, 0.4],
    [0.3, 0.42],
    [0.76, 0.55],
    [0.24, 0.3],
    [0.58, 0.55],
    [0.42, 0.55],
    [0.62, 0.75],
    [0.36, 0.72],
    [0.7, 0.96],
    [0.2, 0.9],
  ];
  return { keypoints: shape.map(([x, y]): Keypoint => [x * width, y * height, 1]) };
}

function shifted(pose: Pose, dx: number, dy: number): Pose {
  return { keypoints: pose.keypoints.map(([x, y, c]): Keypoint => [x + dx, y + dy, c]) };
}

/** The evaluation rule, one pixel at a time, in the reference's own fp32 order. */
function plainMask(hint: FloatTensor, size: number, sigma: number): Uint8Array {
  const [, , height, width] = hint.dims;
  const kernel = gaussianKernel(size, sigma);
  const mask = new Uint8Array((width / 8) * (height / 8));
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const value = blurredPixel(kernel, hint.data, { channel, width, height, x, y });
        if (value > Math.fround(-0.99)) mask[Math.floor(y / 8) * (width / 8) + Math.floor(x / 8)] = 1;
      }
    }
  }
  return mask;
}

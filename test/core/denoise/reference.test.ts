import { describe, expect, it } from 'vitest';
import { guidedLoss, noisedLatents, timestepEmbedding } from '../../../packages/core/src/denoise/index.ts';
import { makeNoiseSchedule } from '../../../packages/core/src/scheduler/index.ts';
import { float32 } from '../../../packages/core/src/tensor/index.ts';
import { referenceJson, referenceTensors } from '../../support/reference-set.ts';

const schedule = makeNoiseSchedule({ kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 });

const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual.length).toBe(expected.length);
  return Math.max(...Array.from(actual, (value, i) => Math.abs(value - expected[i])));
};

describe('timestepEmbedding', () => {
  const recorded = referenceTensors('06_unet/timestep_embedding.safetensors');

  it.each([32, 64, 320])('equals the reference at whole and fractional timesteps, width %i', (width) => {
    const whole = [...recorded.get('int.t', 'I64').data].map(Number);
    const fractional = [...recorded.get('frac.t', 'F32').data];
    // Frequencies and angles are the reference's to the bit; its cosine and sine may be off by a last place of 1.
    const tolerance = 2 ** -23;
    for (const [timesteps, name] of [
      [whole, `int.${width}`],
      [fractional, `frac.${width}`],
    ] as const) {
      const embedding = timestepEmbedding(timesteps, width);
      expect(embedding.dims).toEqual(recorded.get(name, 'F32').shape);
      expect(worst(embedding.data, recorded.get(name, 'F32').data)).toBeLessThan(tolerance);
    }
  });

  it('refuses an odd width and a timestep that is no number', () => {
    const invalid = expect.objectContaining({ code: 'invalid-input' });
    expect(() => timestepEmbedding([1], 33)).toThrowError(invalid);
    expect(() => timestepEmbedding([Number.NaN], 32)).toThrowError(invalid);
  });
});

describe('the pose-mask guided loss', () => {
  const recorded = referenceTensors('10_loss/loss.safetensors');
  const { loss, alpha } = referenceJson<{ loss: number; alpha: number }>('10_loss/loss.json');
  const eps = recorded.get('eps', 'F32');
  const noise = recorded.get('noise', 'F32');
  const mask = recorded.get('mask', 'U8').data;
  /** Two layers of two rows, coarse first; the loss takes the last layer. */
  const finest = mask.subarray(mask.length / 2);

  it('equals the reference, row by row and on the whole', () => {
    const result = guidedLoss(float32(eps.shape, eps.data), float32(noise.shape, noise.data), finest, alpha);
    // Sums in fp64 here: what the reference's fp32 run differs from its fp64 run by, times ten (tolerances.json).
    expect(worst(result.perRow, recorded.get('loss_simple', 'F32').data)).toBeLessThan(6.5e-7);
    // From fp32 predictions, so only near the reference's all-fp64 run.
    expect(worst(result.perRow, recorded.get('loss_simple_f64', 'F64').data)).toBeLessThan(6.5e-7);
    expect(Math.abs(result.loss - loss)).toBeLessThan(6.5e-7);
  });

  it('is the plain mean square where no mask is set, and alpha times it where all is', () => {
    const prediction = float32(eps.shape, eps.data);
    const target = float32(noise.shape, noise.data);
    const none = guidedLoss(prediction, target, new Uint8Array(finest.length), alpha);
    const all = guidedLoss(prediction, target, new Uint8Array(finest.length).fill(1), alpha);
    expect(all.loss / none.loss).toBeCloseTo(alpha, 12);
    expect(guidedLoss(target, target, finest).loss).toBe(0);
  });

  it('refuses sizes that do not fit', () => {
    const invalid = expect.objectContaining({ code: 'invalid-input' });
    const prediction = float32(eps.shape, eps.data);
    expect(() => guidedLoss(prediction, float32([1, 4, 64, 64]), finest)).toThrowError(invalid);
    expect(() => guidedLoss(prediction, prediction, mask)).toThrowError(invalid);
  });

  it('[S1] the noised latents it starts from equal the reference', () => {
    const original = recorded.get('x_start', 'F32').data;
    const t = [...recorded.get('t', 'I64').data].map(Number);
    const noised = recorded.get('x_noisy', 'F32').data;
    const size = original.length / t.length;
    t.forEach((timestep, row) => {
      const part = (data: Float32Array) => data.subarray(row * size, (row + 1) * size);
      const ours = noisedLatents(part(original), part(noise.data), schedule.alphasCumprod[timestep]);
      // The reference rounds both factors, both products and their sum to fp32: three places of values up to 5.
      expect(worst(ours, part(noised))).toBeLessThan(1e-6);
    });
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { normalNoise } from '../../../packages/core/src/tensor/normal-noise.ts';
import golden from '../../golden/torch-randn.json' with { type: 'json' };

const sha256 = (values: Float32Array) =>
  createHash('sha256')
    .update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    .digest('hex');

const bitsOf = (values: Float32Array) => [...new Int32Array(values.buffer)];

describe('normal noise', () => {
  it.each(golden.draws)(
    'equals torch.randn to the bit: seed $seed, size $size',
    ({ seed, size, sha256: hash, bits }) => {
      const values = normalNoise(seed)(size);
      if (bits) expect(bitsOf(values)).toEqual(bits);
      expect(sha256(values)).toBe(hash);
    },
  );

  it.each(golden.sequences)(
    'goes on where the last draw ended, as a torch.Generator does: seed $seed',
    (sequence) => {
      const noise = normalNoise(sequence.seed);
      for (const draw of sequence.draws) expect(sha256(noise(draw.size))).toBe(draw.sha256);
    },
  );

  it('gives the same numbers for the same seed and others for another', () => {
    expect(normalNoise(5)(64)).toEqual(normalNoise(5)(64));
    expect(normalNoise(5)(64)).not.toEqual(normalNoise(6)(64));
  });

  it('refuses a seed that is no whole number, and a size that is none', () => {
    expect(() => normalNoise(0.5)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => normalNoise(Number.NaN)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => normalNoise(2 ** 53)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    expect(() => normalNoise(0)(-1)).toThrowError(expect.objectContaining({ code: 'invalid-input' }));
    expect(normalNoise(0)(0)).toHaveLength(0);
  });
});

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  decodeFloat16,
  encodeFloat16,
  fromFloat16,
  toFloat16,
} from '../../../packages/core/src/tensor/float16.ts';
import golden from '../../golden/float16.json' with { type: 'json' };

const sha256 = (array: Uint32Array | Uint16Array) =>
  createHash('sha256')
    .update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
    .digest('hex');

const halves = Uint16Array.from({ length: 65536 }, (_, i) => i);
const isNaNHalf = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
const isFiniteHalf = (half: number) => (half & 0x7c00) !== 0x7c00;

describe('float16', () => {
  it('widens every half as numpy does', () => {
    const widened = new Uint32Array(decodeFloat16(halves).buffer);
    expect(sha256(widened.filter((_, half) => !isNaNHalf(half)))).toBe(golden.widenedSha256);
    for (const half of halves) {
      if (isNaNHalf(half)) expect(fromFloat16(half)).toBeNaN();
    }
  });

  it('rounds to the nearest even half as numpy does, around every tie', () => {
    const finite = halves.filter(isFiniteHalf);
    const widened = new Uint32Array(decodeFloat16(finite).buffer);
    const patterns = golden.offsets
      .flatMap((offset) => Array.from(widened, (bits) => bits + offset))
      .filter((bits) => bits >= 0 && bits < 2 ** 32 && (bits & 0x7f800000) !== 0x7f800000);
    const values = new Float32Array(Uint32Array.from(patterns).buffer);
    expect(values).toHaveLength(golden.roundedCount);
    expect(sha256(encodeFloat16(values))).toBe(golden.roundedSha256);
  });

  it('keeps every half when widened and narrowed again', () => {
    for (const half of halves) if (!isNaNHalf(half)) expect(toFloat16(fromFloat16(half))).toBe(half);
  });

  it('turns what is too large into infinity and keeps NaN a NaN', () => {
    expect(toFloat16(65519.99)).toBe(0x7bff);
    expect(toFloat16(65520)).toBe(0x7c00);
    expect(toFloat16(-1e9)).toBe(0xfc00);
    expect(toFloat16(Number.NEGATIVE_INFINITY)).toBe(0xfc00);
    expect(isNaNHalf(toFloat16(Number.NaN))).toBe(true);
  });
});

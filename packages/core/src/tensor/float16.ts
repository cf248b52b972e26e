const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

/** The fp32 value of an IEEE 754 binary16 bit pattern (exact; NaN stays NaN, its payload kept). */
export function fromFloat16(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) {
    // Zero and subnormals: fraction x 2^-24.
    const magnitude = fraction * 2 ** -24;
    return sign ? -magnitude : magnitude;
  }
  bits[0] = sign | (exponent === 31 ? 0x7f800000 : (exponent + 112) << 23) | (fraction << 13);
  return float[0];
}

/**
 * The IEEE 754 binary16 bit pattern nearest to a number, ties to even, after the number was rounded to fp32. Values from
 * 65520 on become infinity, values of up to 2^-25 become zero, a NaN becomes a quiet NaN.
 */
export function toFloat16(value: number): number {
  float[0] = value;
  const pattern = bits[0];
  const sign = (pattern >>> 16) & 0x8000;
  const magnitude = pattern & 0x7fffffff;
  if (magnitude >= 0x7f800000) {
    // Infinity, or NaN: made quiet, since a payload cut to zero would read as infinity.
    return magnitude > 0x7f800000 ? sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff) : sign | 0x7c00;
  }
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // Below 2^-14. Adding 1/2, whose last bit is 2^-24, lets fp32's own rounding do the work.
    float[0] = Math.abs(float[0]) + 0.5;
    return sign | (bits[0] - 0x3f000000);
  }
  const odd = (magnitude >>> 13) & 1;
  return sign | ((magnitude - 0x38000000 + 0xfff + odd) >>> 13);
}

let table: Float32Array | undefined;

/** Every binary16 pattern's fp32 value, made once: 256 KiB. */
function float16Table(): Float32Array {
  table ??= Float32Array.from({ length: 0x10000 }, (_, half) => fromFloat16(half));
  return table;
}

/** fp32 values of binary16 bit patterns. Writes to `target` (same length) and returns it. */
export function decodeFloat16(halves: Uint16Array, target = new Float32Array(halves.length)): Float32Array {
  const values = float16Table();
  for (let i = 0; i < halves.length; i++) target[i] = values[halves[i]];
  return target;
}

/** binary16 bit patterns of fp32 values, rounded to nearest even. Writes to `target` (same length) and returns it. */
export function encodeFloat16(values: Float32Array, target = new Uint16Array(values.length)): Uint16Array {
  for (let i = 0; i < values.length; i++) target[i] = toFloat16(values[i]);
  return target;
}

import { decodeFloat16 } from '@stable-pose/core/tensor';

/** Element types that checkpoints hold and that are read. */
export const dataTypes = ['f16', 'bf16', 'f32', 'f64', 'i64', 'i32', 'i16', 'i8', 'u8', 'bool'] as const;
export type DataType = (typeof dataTypes)[number];

export const bytesPerElement: Readonly<Record<DataType, number>> = {
  f16: 2,
  bf16: 2,
  f32: 4,
  f64: 8,
  i64: 8,
  i32: 4,
  i16: 2,
  i8: 1,
  u8: 1,
  bool: 1,
};

/** Elements of a shape, or undefined when the number cannot be held exactly. An empty shape has one element. */
export function elementsOf(shape: readonly number[]): number | undefined {
  let product = 1;
  for (const side of shape) {
    product *= side;
    if (!Number.isSafeInteger(product)) return undefined;
  }
  return product;
}

/**
 * Values as float32. Little-endian, as every platform that runs this is.
 * @param bytes elements of `dtype`, at an address that is a multiple of their size
 * @returns a view of `bytes` for f32, else a copy; i64 and f64 are rounded
 */
export function toFloat32(bytes: Uint8Array, dtype: DataType): Float32Array {
  const { buffer, byteOffset } = bytes;
  const length = bytes.length / bytesPerElement[dtype];
  switch (dtype) {
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    case 'f16':
      return decodeFloat16(new Uint16Array(buffer, byteOffset, length));
    case 'bf16': {
      // A bfloat16 is the upper half of a float32.
      const halves = new Uint16Array(buffer, byteOffset, length);
      const words = new Uint32Array(length);
      for (let i = 0; i < length; i++) words[i] = halves[i] << 16;
      return new Float32Array(words.buffer);
    }
    case 'f64':
      return Float32Array.from(new Float64Array(buffer, byteOffset, length));
    case 'i64':
      return Float32Array.from(new BigInt64Array(buffer, byteOffset, length), Number);
    case 'i32':
      return Float32Array.from(new Int32Array(buffer, byteOffset, length));
    case 'i16':
      return Float32Array.from(new Int16Array(buffer, byteOffset, length));
    case 'i8':
      return Float32Array.from(new Int8Array(buffer, byteOffset, length));
    case 'u8':
    case 'bool':
      return Float32Array.from(bytes);
    default:
      dtype satisfies never;
      return new Float32Array();
  }
}

import { encodeFloat16 } from '@stable-pose/core/tensor';
import { bytesPerElement, type DataType } from './data-type.ts';
import type { StreamedTensor } from './streamed-tensor.ts';

/** Normal values that all tensors are cut from: a power of two. */
const poolSize = 1 << 17;
const cutSize = 1 << 14;
/** Bytes of one piece at most. */
const pieceBytes = 8 * 1024 * 1024;

/**
 * Numbers for tensors, as large as those of a trained network: matrices and kernels normal / sqrt(fan in), scales of norms near
 * one, the rest small. The same seed and key give the same numbers. They are cut from one pool, so that gigabytes take
 * seconds; they are no noise to draw pictures from.
 */
export class RandomWeights {
  private readonly seed: number;
  private readonly pool: Float32Array;

  constructor(seed: number) {
    this.seed = seed;
    const random = splitMix(seed);
    this.pool = new Float32Array(poolSize);
    // Box-Muller, both values of a pair.
    for (let i = 0; i < poolSize; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - random()));
      const angle = 2 * Math.PI * random();
      this.pool[i] = radius * Math.cos(angle);
      this.pool[i + 1] = radius * Math.sin(angle);
    }
  }

  /** A tensor of random numbers. Integers count up from zero. */
  tensor(key: string, shape: readonly number[], dtype: DataType): StreamedTensor {
    return { key, shape, dtype, pieces: () => this.pieces(key, shape, dtype) };
  }

  private *pieces(key: string, shape: readonly number[], dtype: DataType): Generator<Uint8Array> {
    const count = shape.reduce((product, side) => product * side, 1);
    const random = splitMix(this.seed ^ hashOf(key));
    const { mean, deviation } = magnitudeOf(key, shape);
    // Small tensors are one cut of the pool.
    const small = count <= cutSize;
    const from = small ? Math.floor(random() * (poolSize - count)) : 0;
    const source = small ? this.pool.slice(from, from + count) : this.pool.slice();
    for (let i = 0; i < source.length; i++) source[i] = mean + deviation * source[i];
    const encoded = encode(source, dtype);
    const itemSize = bytesPerElement[dtype];
    const perPiece = Math.floor(pieceBytes / itemSize);
    for (let done = 0; done < count; done += perPiece) {
      const length = Math.min(perPiece, count - done);
      const piece = new Uint8Array(length * itemSize);
      for (let at = 0; at < length; at += cutSize) {
        const cut = Math.min(cutSize, length - at);
        const start = small ? 0 : Math.floor(random() * (poolSize - cut));
        piece.set(encoded.subarray(start * itemSize, (start + cut) * itemSize), at * itemSize);
      }
      yield piece;
    }
  }
}

function magnitudeOf(key: string, shape: readonly number[]): { mean: number; deviation: number } {
  if (key.endsWith('.alpha')) return { mean: 4, deviation: 0 };
  if (/embedding\.weight$/.test(key)) return { mean: 0, deviation: 0.02 };
  if (shape.length >= 2) {
    const fanIn = shape.slice(1).reduce((product, side) => product * side, 1);
    return { mean: 0, deviation: 1 / Math.sqrt(fanIn) };
  }
  return key.endsWith('.weight') ? { mean: 1, deviation: 0.02 } : { mean: 0, deviation: 0.02 };
}

function encode(values: Float32Array, dtype: DataType): Uint8Array {
  switch (dtype) {
    case 'f32':
      return bytesOf(values);
    case 'f16':
      return bytesOf(encodeFloat16(values));
    case 'bf16':
      return bytesOf(Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16));
    case 'f64':
      return bytesOf(Float64Array.from(values));
    default:
      return new Uint8Array(values.length * bytesPerElement[dtype]);
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

/** A small generator of numbers from 0 up to 1 (splitmix32). */
function splitMix(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
  };
}

/** Where a tensor's bytes lie in a file, contiguous and in row-major order. */
export interface InPlaceRange {
  /** Absolute path. */
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** What the graph builder needs to know of a tensor. */
export interface WeightTensor {
  /** `f32`, `f16`, `bf16`, `f64`, `i64`, ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly inPlace?: InPlaceRange;
}

/** The part of a checkpoint that the graph builder uses; every reader offers it. */
export interface WeightCheckpoint {
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  /** A tensor's elements, contiguous, in its own dtype. */
  read(key: string): Promise<Uint8Array>;
  readFloat32(key: string): Promise<Float32Array>;
}

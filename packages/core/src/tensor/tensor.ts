import { StablePoseError } from '../errors.ts';

/** Element types that cross a graph's edge. `float16` is carried as raw bits: Node 20 has no Float16Array. */
export interface TensorDataTypes {
  float32: Float32Array;
  float16: Uint16Array;
  int32: Int32Array;
  uint8: Uint8Array;
  bool: Uint8Array;
}

/** Element types of tensors, by ONNX's names. */
export type TensorType = keyof TensorDataTypes;

/** A row-major tensor in CPU memory. `data.length` is the product of `dims`. */
export interface Tensor<T extends TensorType = TensorType> {
  readonly kind: 'cpu';
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: TensorDataTypes[T];
}

/** A tensor of float32. */
export type FloatTensor = Tensor<'float32'>;

/**
 * A tensor that lives where a graph ran (GPU buffer, inference process). It is fed to another graph of the same runtime,
 * read back with {@link DeviceTensor.read}, and must be disposed by whoever asked for it.
 */
export interface DeviceTensor {
  readonly kind: 'device';
  readonly type: TensorType;
  readonly dims: readonly number[];
  read(): Promise<Tensor>;
  dispose(): void;
}

/** Elements of a tensor of such dims: their product, 1 for a scalar. */
export function sizeOf(dims: readonly number[]): number {
  let size = 1;
  for (const dim of dims) size *= dim;
  return size;
}

/**
 * Wraps `data` without a copy.
 * @throws invalid-input when a dimension is not a whole number >= 0 or the data has another length than the dims say.
 */
export function tensor<T extends TensorType>(
  type: T,
  dims: readonly number[],
  data: TensorDataTypes[T],
): Tensor<T> {
  if (dims.some((dim) => !Number.isInteger(dim) || dim < 0)) {
    throw new StablePoseError(
      'invalid-input',
      `Tensor dims must be whole numbers of 0 or more, got [${dims}].`,
    );
  }
  if (data.length !== sizeOf(dims)) {
    throw new StablePoseError(
      'invalid-input',
      `A ${type} tensor [${dims}] holds ${sizeOf(dims)} values, got ${data.length}.`,
    );
  }
  return { kind: 'cpu', type, dims, data };
}

/** A float32 tensor that wraps `data` without a copy; of zeros when there is none. @throws invalid-input when the lengths differ */
export function float32(dims: readonly number[], data?: Float32Array): FloatTensor {
  return tensor('float32', dims, data ?? new Float32Array(sizeOf(dims)));
}

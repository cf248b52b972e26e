export { decodeFloat16, encodeFloat16, fromFloat16, toFloat16 } from './float16.ts';
export { type NormalNoise, normalNoise } from './normal-noise.ts';
export {
  type DeviceTensor,
  type FloatTensor,
  float32,
  sizeOf,
  type Tensor,
  type TensorDataTypes,
  type TensorType,
  tensor,
} from './tensor.ts';

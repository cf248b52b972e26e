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

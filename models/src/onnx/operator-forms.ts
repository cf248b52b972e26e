import type { ExecutionProvider } from '@stable-pose/core/contract';

/** How operators that have several right spellings are written in one graph. */
export interface OperatorForms {
  /** `fused` is onnxruntime's MultiHeadAttention; `written-out` is MatMul, Softmax, MatMul, chunked below `maxTensorBytes`. */
  readonly attention: 'fused' | 'written-out';
  /** Intermediate tensors of written-out attention stay at or below this many bytes, at `largestTokens`. */
  readonly maxTensorBytes: number;
  /** Latent cells of the largest picture the graph is meant for: decides how often written-out attention is cut. */
  readonly largestLatentCells: number;
}

export interface OperatorFormOptions {
  /** Overrides the choice made for the provider: set it when a self-test has shown fused attention to be right. */
  readonly fusedAttention?: boolean;
  readonly maxTensorBytes?: number;
  readonly largestPicture?: { readonly width: number; readonly height: number };
}

/** WebGPU's guaranteed `maxStorageBufferBindingSize`: a larger tensor gives garbage without an error. */
const webgpuBindingBytes = 128 * 1024 * 1024;

/**
 * The one place that decides how an operator is written for an execution provider. What is not named here is written the
 * same everywhere: GroupNorm as Reshape, InstanceNormalization, Reshape, Mul, Add; SiLU as x * Sigmoid(x), which
 * onnxruntime fuses; GEGLU as Split, Gelu, Mul; pixel (un)shuffle as Reshape and Transpose.
 *
 * MultiHeadAttention on WebGPU is wrong without an error on devices with subgroups (onnxruntime 1.30 over Vulkan), and
 * onnxruntime-node cannot be given a device without them; so WebGPU gets written-out attention unless the caller knows
 * better (a browser that made its own device, after a self-test).
 */
export function operatorForms(provider: ExecutionProvider, options: OperatorFormOptions = {}): OperatorForms {
  const webgpu = provider === 'webgpu';
  // MultiHeadAttention is onnxruntime's own operator: CoreML has no kernel for it and would cut the graph in pieces.
  const fused = options.fusedAttention ?? !(webgpu || provider === 'coreml');
  const picture = options.largestPicture ?? { width: 1024, height: 1024 };
  return {
    attention: fused ? 'fused' : 'written-out',
    maxTensorBytes: options.maxTensorBytes ?? (webgpu ? webgpuBindingBytes : 1024 * 1024 * 1024),
    largestLatentCells: (picture.width / 8) * (picture.height / 8),
  };
}

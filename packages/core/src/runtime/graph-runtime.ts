import type { ExecutionProvider, GraphSource } from '../contract/graphs.ts';
import type { DeviceTensor, Tensor } from '../tensor/tensor.ts';

/** How a graph is run. */
export interface RunOptions {
  /** Outputs that stay on the device and come back as {@link DeviceTensor}; the caller disposes them. */
  readonly keep?: readonly string[];
  /** Aborting rejects at once with `cancelled`; whether the device stops within the graph is the runtime's business. */
  readonly signal?: AbortSignal;
}

/** How a graph is loaded. */
export interface LoadOptions {
  readonly signal?: AbortSignal;
  /**
   * Use weights where they lie as far as that goes, instead of a copy laid out for speed: less memory, slower steps, and
   * sums in another order. A runtime that has no such way loads as ever.
   */
  readonly weightsInPlace?: boolean;
}

/** Bytes of memory that a graph takes. */
export interface LoadCost {
  /** As long as it is loaded. */
  readonly heldBytes: number;
  /** At most, for a moment, while it is loaded. */
  readonly peakBytes: number;
}

/** A loaded graph. Whoever loads it disposes it. */
export interface Graph {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * @param inputs every input of the graph by name
   * @returns every output by name; CPU tensors, but for those named in `keep`
   * @throws runtime-failed, out-of-memory, device-lost, cancelled
   */
  run(
    inputs: Readonly<Record<string, Tensor | DeviceTensor>>,
    options?: RunOptions,
  ): Promise<Record<string, Tensor | DeviceTensor>>;
  dispose(): Promise<void>;
}

/**
 * Runs graphs on one device. The port that keeps the pipeline from knowing onnxruntime.
 * Calls may overlap; the runtime puts them in order.
 */
export interface GraphRuntime {
  readonly provider: ExecutionProvider;
  /** For people: "cpu, 2 threads", "webgpu, Apple M2". */
  readonly description: string;
  /** Whether onnxruntime's fused attention was found right on this device; left out: what is known of the provider counts. */
  readonly fusedAttention?: boolean;
  /** Largest tensor that the device can bind, in bytes, where it told. */
  readonly maxTensorBytes?: number;
  load(source: GraphSource, options?: LoadOptions): Promise<Graph>;
  /** What loading would take, where the runtime knows more than the weights' own size; for estimates before a start. */
  loadCost?(source: GraphSource, options?: Pick<LoadOptions, 'weightsInPlace'>): LoadCost;
  /** Bytes that may still be used, when the device tells; for estimates before a start. */
  availableMemory?(): Promise<number | undefined>;
  dispose(): Promise<void>;
}

/**
 * What is used of an onnxruntime module. Stated here, so that no declaration file of core needs an onnxruntime package:
 * both `onnxruntime-node` and every build of `onnxruntime-web` fit it.
 */
export interface OrtModule {
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<OrtSession>;
  };
  readonly Tensor: new (type: string, data: ArrayBufferView, dims: readonly number[]) => OrtTensor;
}

export interface OrtSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Readonly<Record<string, OrtTensor>>): Promise<Readonly<Record<string, OrtTensor>>>;
  release(): Promise<void>;
}

export interface OrtTensor {
  readonly type: string;
  readonly dims: readonly number[];
  /** `cpu`, `gpu-buffer`, ... */
  readonly location?: string;
  /** Throws when the tensor is not in CPU memory. */
  readonly data: unknown;
  getData(release?: boolean): Promise<unknown>;
  dispose(): void;
}

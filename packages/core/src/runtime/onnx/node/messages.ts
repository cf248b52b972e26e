import type { ExecutionProvider } from '../../../contract/graphs.ts';
import type { StablePoseError } from '../../../errors.ts';
import type { Tensor } from '../../../tensor/tensor.ts';

/** What the parent asks of the inference process. Every message with a `call` is answered once, in the order of asking. */
export type Request =
  | {
      readonly kind: 'start';
      readonly call: number;
      readonly provider: ExecutionProvider;
      /** The onnxruntime module to import. */
      readonly module: string;
      /** 0 leaves the number to onnxruntime. */
      readonly threads: number;
      /** Run the self-test. */
      readonly prove: boolean;
      /** Time a convolution. */
      readonly measure: boolean;
    }
  | {
      readonly kind: 'load';
      readonly call: number;
      readonly graph: number;
      readonly source: PlacedGraph;
      readonly weightsInPlace: boolean;
    }
  | {
      readonly kind: 'run';
      readonly call: number;
      readonly graph: number;
      readonly inputs: Readonly<Record<string, Tensor | KeptTensor>>;
      /** Output name -> the number by which the parent will ask for it. */
      readonly keep: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'read'; readonly call: number; readonly tensor: number }
  | { readonly kind: 'release-graph'; readonly call: number; readonly graph: number }
  /** Not answered. */
  | { readonly kind: 'release-tensor'; readonly tensor: number };

/** A tensor that stays in the inference process, named by a number. */
export interface KeptTensor {
  readonly kind: 'kept';
  readonly tensor: number;
}

/** A graph whose external tensors the inference process can reach. */
export interface PlacedGraph {
  readonly name: string;
  readonly model: Uint8Array;
  /** Every external file lies under this folder by its location. */
  readonly folder?: string;
  /** Every external file's bytes; none where there is a folder, since onnxruntime then looks nowhere else. */
  readonly pieces: readonly { readonly location: string; readonly bytes: Uint8Array }[];
}

export interface Started {
  /** GFLOP/s of a convolution, when it was asked for. */
  readonly speed?: number;
}

export interface Loaded {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
}

/** CPU tensors, and of kept ones only what they look like. */
export type RunOutputs = Readonly<Record<string, Tensor | (Omit<Tensor, 'kind' | 'data'> & KeptTensor)>>;

export type Answer =
  | { readonly call: number; readonly value: unknown }
  | { readonly call: number; readonly error: ReturnType<StablePoseError['toJSON']> };

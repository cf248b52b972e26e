import type { AdapterConfig } from '@stable-pose/core';
import type { GivenFile } from '@stable-pose/models/web';

/** Files by their paths within the model: `config.json`, `unet/diffusion_pytorch_model.safetensors`. */
export type GivenFiles = Readonly<Record<string, GivenFile>>;

/** A model whose bytes are all here: Blobs (dropped or stored Files among them), or arrays. */
export interface GivenModel {
  /** What requests say; `model` when left out. */
  readonly id?: string;
  readonly files: GivenFiles;
  /** The checkpoint or folder within the files that is meant; left out: the one that is there. */
  readonly path?: string;
  /** By the names that requests say. Left out: the adapter in the model's own files, as `pose`, where there is one. */
  readonly adapters?: Readonly<Record<string, GivenAdapter>>;
  /** Adapters beside those, which may be of other models: one that does not fit is left out. */
  readonly moreAdapters?: Readonly<Record<string, GivenAdapter>>;
  /** LoRA files by the names that requests say. */
  readonly loras?: GivenFiles;
  /** Textual inversion files by their tokens. */
  readonly embeddings?: GivenFiles;
}

/** MoveNet's TensorFlow.js graph model, with which poses are found in pictures. */
export interface GivenDetector {
  /** `model.json`: topology and the list of weights. */
  readonly topology: GivenFile;
  /** The `.bin` with the weights. */
  readonly weights: GivenFile;
}

/** The network that tells people from background, as `models/training` exports it. */
export interface GivenEyes {
  /** `config.json`. */
  readonly config: GivenFile;
  /** `eyes.safetensors`. */
  readonly weights: GivenFile;
}

export interface GivenAdapter {
  readonly files: GivenFiles;
  readonly path?: string;
  readonly kind?: AdapterConfig['kind'];
}

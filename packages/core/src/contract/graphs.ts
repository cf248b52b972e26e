import type { AdapterConfig, ModelConfig } from './model-config.ts';

/**
 * The treaty between who builds graphs and who runs them: names of inputs and outputs, in snake_case because they are the
 * graph's. B rows (unconditional rows first, then conditional), h = H / 8, w = W / 8, T tokens, D text width.
 * B, T, h and w are dynamic in every graph; float tensors at the edge are float32 whatever the weights are.
 *
 * text-encoder   input_ids int32 [B,T]                          -> text_embedding [B,T,D]   (after the final LayerNorm)
 *                lora_strengths [L] when L LoRAs are built in; extra_embeddings [E,D] when asked for: ids >= vocabulary
 *                size index it
 * unet           latents [B,C,h,w]; timestep_embedding [B,W]; encoder_hidden_states [B,T,D];
 *                residual_i [B|1, c_i|1, h_i|1, w_i|1] for every config.unet.residuals[i] (added to the skips, the last one
 *                to the middle block's output); encoder_residual_i likewise (added inside the encoder, and so to the skip,
 *                after the last block of each level); absent ones are fed as [1,1,1,1] zeros, which broadcast;
 *                lora_strengths [L] when L LoRAs are built in       -> noise_prediction [B,4,h,w]
 * vae-decoder    latents [B,4,h,w], already divided by the scale    -> image [B,3,H,W], about [-1, 1]
 * vae-encoder    image [B,3,H,W] in [-1, 1]                         -> moments [B,8,h,w] = mean | logvar (clamped to -30..20)
 * hint-encoder   hint_image [1,3,H,W] in config.hint.range          -> pose_features [1,F,h,w]; once a picture
 * adapter        (stable-pose) latents, timestep_embedding, encoder_hidden_states as the unet; pose_features [1,F,h,w];
 *                pose_tokens float32 0/1 [K,B,N], N = (h/2)(w/2), coarse layer first; strength [1] multiplies every output
 *                                                                  -> residual_0 .. residual_n
 *                (controlnet) the same without pose_tokens          -> residual_0 .. residual_n
 *                (t2i-adapter) has no such graph; its hint-encoder does all: hint_image, strength [1]
 *                                                                  -> encoder_residual_0 .. m [1,c_i,h_i,w_i]
 */
export const partNames = [
  'text-encoder',
  'unet',
  'vae-decoder',
  'vae-encoder',
  'hint-encoder',
  'adapter',
] as const;
/** One graph of a model or an adapter. */
export type PartName = (typeof partNames)[number];

/** What a device's operators are: decides how each operator is written (one place in models/onnx decides). */
export const executionProviders = ['cpu', 'wasm', 'webgpu', 'cuda', 'tensorrt', 'dml', 'coreml'] as const;
/** One of {@link executionProviders}, by onnxruntime's names. */
export type ExecutionProvider = (typeof executionProviders)[number];

/** Where the bytes of a graph's external tensors are. `location` is the name that the graph uses. */
export type ExternalData =
  | { readonly location: string; readonly kind: 'file'; readonly path: string }
  | { readonly location: string; readonly kind: 'blob'; readonly blob: Blob }
  | { readonly location: string; readonly kind: 'bytes'; readonly bytes: Uint8Array };

/** A graph ready to be loaded: the ONNX model's bytes, and the files or bytes that hold its weights. */
export interface GraphSource {
  readonly name: string;
  readonly model: Uint8Array;
  readonly externalData: readonly ExternalData[];
  /** Bytes of weights as the runtime will hold them; for memory estimates. */
  readonly weightBytes: number;
  /** Weights that could not be used where they lie (bfloat16, strided views, ...), for people to see. */
  readonly copied?: readonly CopiedWeight[];
}

/** A weight whose bytes were copied, and why. */
export interface CopiedWeight {
  readonly key: string;
  readonly reason: string;
  readonly bytes: number;
}

/** How a graph shall be built. Every field is optional, and means nothing to parts that do not know it. */
export interface GraphOptions {
  readonly provider?: ExecutionProvider;
  /** Names of LoRAs to build in, in the order of `lora_strengths`. */
  readonly loras?: readonly string[];
  /** 1 = last layer (default), 2 = last but one, ... */
  readonly clipSkip?: number;
  /** Build `extra_embeddings` in. */
  readonly extraEmbeddings?: boolean;
  /** Scope of PMSA's masked minimum: `pair` (each guidance pair alone, the pipeline's) or `batch` (as upstream). */
  readonly minimumScope?: 'pair' | 'batch';
  /**
   * Overrides how attention is written. Left out, it is onnxruntime's fused operator where that is known to be right, and
   * written out in pieces on webgpu. A runtime whose self-test found fused attention right on its device says true.
   */
  readonly fusedAttention?: boolean;
  /** Largest tensor that a device can bind, for written-out attention; 128 MiB on webgpu when left out. */
  readonly maxTensorBytes?: number;
  /** The largest picture that the graph will see, in pixels: how finely written-out attention is cut. 1024 x 1024 when left out. */
  readonly largestPicture?: { readonly width: number; readonly height: number };
}

/** The graphs of a base model. */
export type BasePart = 'text-encoder' | 'unet' | 'vae-decoder' | 'vae-encoder';
/** The graphs of an adapter: what runs once a picture, and what runs at each step. */
export type AdapterPart = 'hint-encoder' | 'adapter';

/** The `tokenizer.json` (Hugging Face format) and `tokenizer_config.json`, parsed. */
export interface TokenizerFiles {
  readonly tokenizer: Record<string, unknown>;
  readonly config: Record<string, unknown>;
}

/** One learned embedding (textual inversion): `vectors` rows of text width, said in a prompt by `token`. */
export interface LearnedEmbedding {
  readonly token: string;
  readonly vectors: readonly Float32Array[];
}

/** A base model that can be opened part by part. Made by models/ from a checkpoint or a converted folder. */
export interface ModelSource {
  readonly config: ModelConfig;
  readonly tokenizer: TokenizerFiles;
  readonly embeddings: readonly LearnedEmbedding[];
  /** Names of the LoRAs that {@link GraphOptions.loras} may ask for. */
  readonly loras: readonly string[];
  /** What people should know of the files: leftovers that are ignored, layers of a LoRA that fit nothing. Sentences. */
  readonly warnings?: readonly string[];
  /** @throws tensor-mismatch, checkpoint-corrupt */
  graph(part: BasePart, options?: GraphOptions): Promise<GraphSource>;
  dispose(): Promise<void>;
}

/** An adapter (Stable-Pose, ControlNet, T2I-Adapter) that can be opened part by part. */
export interface AdapterSource {
  readonly config: AdapterConfig;
  readonly warnings?: readonly string[];
  graph(part: AdapterPart, options?: GraphOptions): Promise<GraphSource>;
  dispose(): Promise<void>;
}

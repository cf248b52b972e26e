import type { ModelSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { openCheckpoint } from './checkpoint/open-checkpoint.ts';
import { isConvertedFolder, openConvertedWeights, readManifest } from './convert/converted-folder.ts';
import { findModelPlace, readModelSettings, readVocabulary } from './model-folder.ts';
import { basePrefixes, createModelSource, type ModelParts } from './model-source.ts';
import { readTokenizerFiles } from './tokenizer-files.ts';

export interface OpenModelOptions {
  /** A checkpoint file; a folder that holds one; a folder in the diffusers layout; a converted folder. */
  readonly path: string;
  /** What the tensors do not tell, in the upstream layout: an object or a JSON file. Left out: what lies beside the checkpoint. */
  readonly config?: string | Readonly<Record<string, unknown>>;
  /** A VAE of one's own: a file. */
  readonly vae?: string;
  /** LoRA files that requests may name. The name is the file's when left out. */
  readonly loras?: readonly { readonly path: string; readonly name?: string }[];
  /** Textual inversion files. The token is the file's name when left out. */
  readonly embeddings?: readonly { readonly path: string; readonly token?: string }[];
}

/**
 * Opens a Stable Diffusion 1 model: reads the tensors' names and shapes and nothing else; graphs are built when they are
 * asked for, and take the weights from where they lie.
 * @throws file-not-found, model-not-found, model-corrupt, checkpoint-corrupt, checkpoint-unsupported,
 *   architecture-unsupported, tensor-mismatch
 */
export async function openModel(options: OpenModelOptions): Promise<ModelSource> {
  const parts = await openModelParts(options);
  try {
    return createModelSource(parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** What {@link openModel} makes a source of. */
export async function openModelParts(options: OpenModelOptions): Promise<ModelParts> {
  if (isConvertedFolder(options.path)) return openConvertedParts(options);
  const place = await findModelPlace(options.path);
  const settings = await readModelSettings(place, options.config);
  const checkpoint = await openCheckpoint(place.checkpoint);
  if (!checkpoint.tensors.has(`${basePrefixes.unet}input_blocks.0.0.weight`)) {
    throw new StablePoseError(
      'architecture-unsupported',
      `${place.checkpoint} holds no Stable Diffusion 1 UNet.`,
    );
  }
  return {
    checkpoint,
    settings,
    tokenizer: await readTokenizerFiles(place.folder),
    vocabulary: await readVocabulary(place.folder),
    loras: [],
    embeddings: [],
    close: () => checkpoint.close(),
  };
}

/** A converted folder's own settings, weights and tokenizer; a `config` that is given overrides its settings. */
async function openConvertedParts(options: OpenModelOptions): Promise<ModelParts> {
  const manifest = await readManifest(options.path);
  const checkpoint = await openConvertedWeights(options.path);
  const { name, licence, config } = manifest;
  return {
    checkpoint,
    settings: { ...manifest.settings, name, licence },
    tokenizer: await readTokenizerFiles(options.path),
    vocabulary: config.vocabulary,
    loras: [],
    embeddings: [],
    close: () => checkpoint.close(),
  };
}

import type { LearnedEmbedding, ModelSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { clipTextEncoderTensors, readClipTextEncoderConfig } from './architectures/clip-text-encoder.ts';
import { unetTensors } from './architectures/unet.ts';
import { readUnetConfig } from './architectures/unet-config.ts';
import { readVaeConfig, vaeTensors } from './architectures/vae.ts';
import { accountFor, refuseMismatch } from './checkpoint/account-for.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { describeTensors } from './checkpoint/describe-tensors.ts';
import { openCheckpoint } from './checkpoint/open-checkpoint.ts';
import { openStableDiffusion, openVae } from './checkpoint/open-stable-diffusion.ts';
import { readLora } from './checkpoint/read-lora.ts';
import { readTextualInversion } from './checkpoint/read-textual-inversion.ts';
import { adapterKeys, layoutPrefixes } from './checkpoint/upstream-layout.ts';
import { clipBytePairs } from './clip-tokenizer/clip-byte-pairs.ts';
import { isConvertedFolder, openConvertedWeights, readManifest } from './convert/converted-folder.ts';
import type { ModelFiles } from './files/model-files.ts';
import { fileStem } from './files/path-names.ts';
import { findModelPlace, readModelSettings, readVocabulary } from './model-folder.ts';
import type { ModelSettings } from './model-settings.ts';
import {
  createModelSource,
  type LoraBranches,
  type LoraPair,
  type ModelParts,
  shapesOf,
} from './model-source.ts';
import { clipTokenizerFiles, readTokenizerFiles } from './tokenizer-files.ts';

/** Which files a model is opened from. */
export interface OpenModelOptions {
  /** A checkpoint file; a folder that holds one; a folder in the diffusers layout; a converted folder. */
  readonly path: string;
  /** Which weights of a diffusers folder: `fp16` names `*.fp16.safetensors`. */
  readonly variant?: string;
  /** What the tensors do not tell, in the upstream layout: an object or a JSON file. Left out: what lies beside the checkpoint. */
  readonly config?: string | Readonly<Record<string, unknown>>;
  /** A VAE of one's own: a file in either layout, or a folder. */
  readonly vae?: string;
  /** LoRA files that requests may name. The name is the file's when left out. */
  readonly loras?: readonly { readonly path: string; readonly name?: string }[];
  /** Textual inversion files. The token is the one in the file, or the file's name, when left out. */
  readonly embeddings?: readonly { readonly path: string; readonly token?: string }[];
}

/**
 * Opens a Stable Diffusion 1 model: reads the tensors' names and shapes and nothing else; graphs are built when they are
 * asked for, and take the weights from where they lie.
 * @throws file-not-found, model-not-found, model-corrupt, checkpoint-corrupt, checkpoint-unsupported,
 *   architecture-unsupported, tensor-mismatch
 */
export async function openModel(files: ModelFiles, options: OpenModelOptions): Promise<ModelSource> {
  const parts = await openModelParts(files, options);
  try {
    return createModelSource(files, parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** What {@link openModel} makes a source of. */
export async function openModelParts(files: ModelFiles, options: OpenModelOptions): Promise<ModelParts> {
  const opened: Checkpoint[] = [];
  const keep = async (checkpoint: Promise<Checkpoint>): Promise<Checkpoint> => {
    opened.push(await checkpoint);
    return opened[opened.length - 1]!;
  };
  const close = async () => {
    for (const checkpoint of opened) await checkpoint.close();
  };
  try {
    const { folder, settings, weights, vocabulary } = await locate(files, options);
    const checkpoint = await keep(weights());
    const vae = options.vae === undefined ? undefined : await keep(openVae(files, options.vae));
    const warnings = [...checkpoint.warnings, ...account(options.path, checkpoint, vae, settings)];
    const loras: LoraBranches[] = [];
    for (const { path, name } of options.loras ?? []) {
      loras.push(
        await loraOf(await keep(openCheckpoint(files, path)), name ?? fileStem(path), checkpoint, warnings),
      );
    }
    const text = readClipTextEncoderConfig(shapesOf(checkpoint), layoutPrefixes.text, settings.text);
    const embeddings: LearnedEmbedding[] = [];
    for (const { path, token } of options.embeddings ?? []) {
      const learned = await readTextualInversion(await keep(openCheckpoint(files, path)), text.width);
      embeddings.push({ token: token ?? learned.token ?? fileStem(path), vectors: learned.vectors });
    }
    const tokenizer = (await readTokenizerFiles(files, folder)) ?? clipTokenizer(text.vocabularySize);
    return { checkpoint, vae, settings, tokenizer, vocabulary, loras, embeddings, warnings, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Located {
  /** Where the tokenizer is. */
  readonly folder: string;
  readonly settings: ModelSettings;
  readonly vocabulary: ModelParts['vocabulary'];
  readonly weights: () => Promise<Checkpoint>;
}

async function locate(files: ModelFiles, options: OpenModelOptions): Promise<Located> {
  const { path, config, variant } = options;
  if (isConvertedFolder(files, path)) {
    const manifest = await readManifest(files, path);
    return {
      folder: path,
      settings: { ...manifest.settings, name: manifest.name, licence: manifest.licence },
      vocabulary: manifest.config.vocabulary,
      weights: () => openConvertedWeights(files, path),
    };
  }
  const place = findModelPlace(files, path);
  return {
    folder: place.folder,
    settings: await readModelSettings(files, place, config),
    vocabulary: place.layout === 'file' ? await readVocabulary(files, place.folder) : undefined,
    weights: () => openStableDiffusion(files, place.checkpoint, { variant }),
  };
}

/**
 * Compares what the architectures expect with what the files hold.
 * @returns warnings
 * @throws tensor-mismatch naming every tensor that is missing or misshaped
 */
function account(
  path: string,
  checkpoint: Checkpoint,
  vae: Checkpoint | undefined,
  settings: ModelSettings,
): string[] {
  const shapes = shapesOf(checkpoint);
  const { parts } = describeTensors(checkpoint.tensors);
  if (!parts.includes('unet') || !parts.includes('text-encoder')) {
    throw new StablePoseError(
      'architecture-unsupported',
      `${path} holds ${parts.length > 0 ? `only ${parts.join(', ')}` : 'no network that is known'}; a base model is a UNet with its text encoder.`,
      { remedy: 'Give a whole Stable Diffusion 1 checkpoint.', details: { path, parts } },
    );
  }
  const expected = new Map([
    ...unetTensors(readUnetConfig(shapes, layoutPrefixes.unet, settings.unet)),
    ...clipTextEncoderTensors(readClipTextEncoderConfig(shapes, layoutPrefixes.text, settings.text)),
  ]);
  if (!vae) {
    for (const [key, shape] of vaeTensors(readVaeConfig(shapes, layoutPrefixes.vae, settings.vae))) {
      expected.set(key, shape);
    }
  }
  const accounting = accountFor(
    expected,
    checkpoint,
    (key) =>
      Object.values(adapterKeys).some((keys) => keys.test(key)) ||
      (vae !== undefined && key.startsWith(layoutPrefixes.vae)),
  );
  refuseMismatch(accounting, path);
  return [...accounting.warnings, ...unexpectedWarning(accounting.unexpected)];
}

/** Tensors that nothing asks for, in a sentence. */
export function unexpectedWarning(unexpected: readonly string[]): string[] {
  if (unexpected.length === 0) return [];
  const rest = unexpected.length > 5 ? ` and ${unexpected.length - 5} more` : '';
  return [
    `${unexpected.length} tensors are not known and not used: ${unexpected.slice(0, 5).join(', ')}${rest}.`,
  ];
}

async function loraOf(
  checkpoint: Checkpoint,
  name: string,
  base: Checkpoint,
  warnings: string[],
): Promise<LoraBranches> {
  const lora = await readLora(checkpoint, base.tensors);
  warnings.push(...lora.warnings.map((warning) => `LoRA ${name}: ${warning}`));
  const branches = new Map<string, LoraPair[]>();
  for (const { key, down, up, scale } of lora.branches) {
    branches.set(key, [...(branches.get(key) ?? []), { downKey: down.key, upKey: up.key, scale }]);
  }
  return { name, checkpoint, branches };
}

/** CLIP's own tokenizer, for checkpoints that bring none and have CLIP's vocabulary. */
function clipTokenizer(vocabularySize: number): ModelParts['tokenizer'] {
  const table = clipBytePairs();
  return Object.keys(table.vocab).length === vocabularySize ? clipTokenizerFiles(table) : undefined;
}

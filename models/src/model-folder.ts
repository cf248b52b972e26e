import type { ModelConfig } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { networkWeightsIn } from './checkpoint/open-stable-diffusion.ts';
import { hasFile, type ModelFiles, readJsonObject } from './files/model-files.ts';
import { fileEnding, fileName, folderOf, joinPath } from './files/path-names.ts';
import {
  type FolderConfigs,
  isDiffusersAdapterConfig,
  type ModelSettings,
  publishedSettings,
  readDiffusersAdapterConfig,
  readFolderConfigs,
  readUpstreamConfig,
} from './model-settings.ts';

const checkpointEndings = ['.safetensors', '.ckpt', '.pth', '.pt', '.bin'];
/** The networks that a folder in the diffusers layout holds. */
const diffusersParts = ['unet', 'vae', 'text_encoder', 'scheduler'];

/** Where a model is: what to open as a checkpoint, and the folder whose config and tokenizer belong to it. */
export interface ModelPlace {
  /** A file, or a folder in the diffusers layout. */
  readonly checkpoint: string;
  readonly folder: string;
  readonly layout: 'file' | 'diffusers';
}

/**
 * Finds what a path means: a checkpoint file; a folder in the diffusers layout, of a model or of one network; a folder that
 * holds one checkpoint.
 * @throws file-not-found, model-not-found
 */
export function findModelPlace(files: ModelFiles, path: string): ModelPlace {
  const full = files.resolve(path);
  const kind = files.kindOf(full);
  if (!kind) {
    throw new StablePoseError('file-not-found', `There is no file or folder ${full}.`, {
      remedy: 'Give the path of a checkpoint or of a model folder.',
      details: { path: full },
    });
  }
  if (kind === 'file') return { checkpoint: full, folder: folderOf(full), layout: 'file' };
  if (hasFile(files, joinPath(full, 'unet')) || hasFile(files, joinPath(full, 'model_index.json'))) {
    return { checkpoint: full, folder: full, layout: 'diffusers' };
  }
  const network = networkWeightsIn(files, full);
  if (network) return { checkpoint: network, folder: full, layout: 'file' };
  const all = files.namesIn(full);
  const names = all.filter((name) => checkpointEndings.includes(fileEnding(name))).sort();
  const index = all.find((name) => name.endsWith('.safetensors.index.json'));
  if (index) return { checkpoint: joinPath(full, index), folder: full, layout: 'file' };
  if (names.length === 1) return { checkpoint: joinPath(full, names[0]!), folder: full, layout: 'file' };
  throw new StablePoseError(
    'model-not-found',
    names.length === 0
      ? `${full || 'What was given'} holds no checkpoint (${checkpointEndings.join(', ')}) and no unet/ folder.`
      : `${full || 'What was given'} holds several checkpoints (${names.join(', ')}).`,
    { remedy: 'Give the path of the file that is meant.', details: { path: full, names } },
  );
}

/**
 * The settings for what is at a place: `config` when it is given (an object, or a JSON file in the upstream layout), else
 * `config.json` beside the checkpoint when it is in the upstream layout or a diffusers adapter's, else a diffusers folder's
 * configs, else the published numbers.
 */
export async function readModelSettings(
  files: ModelFiles,
  place: ModelPlace,
  config: string | Readonly<Record<string, unknown>> | undefined,
): Promise<ModelSettings> {
  const base = { ...publishedSettings, name: nameOf(place) };
  if (config !== undefined) {
    return readUpstreamConfig(
      typeof config === 'string' ? await readJsonObject(files, config) : config,
      base,
    );
  }
  const beside = joinPath(place.folder, 'config.json');
  if (place.layout === 'file' && hasFile(files, beside)) {
    const found = await readJsonObject(files, beside);
    // Other programs put a config.json of their own beside a checkpoint.
    const upstream = ['unet_config', 'control_config', 'cond_stage_config'].some(
      (section) => section in found,
    );
    if (upstream) return readUpstreamConfig(found, base);
    if (isDiffusersAdapterConfig(found)) return readDiffusersAdapterConfig(found, base);
  }
  if (place.layout === 'diffusers') return readFolderConfigs(await folderConfigs(files, place.folder), base);
  return base;
}

/** Words of a closed vocabulary, from `vocabulary.json`: `{ group: { word: [synonyms] } }` or `{ group: [words] }`. */
export async function readVocabulary(files: ModelFiles, folder: string): Promise<ModelConfig['vocabulary']> {
  const file = joinPath(folder, 'vocabulary.json');
  if (!hasFile(files, file)) return undefined;
  const groups = await readJsonObject(files, file);
  return Object.fromEntries(
    Object.entries(groups).map(([group, words]) => {
      const list = Array.isArray(words) ? words : Object.keys(Object(words));
      return [group, list.filter((word): word is string => typeof word === 'string')];
    }),
  );
}

async function folderConfigs(files: ModelFiles, folder: string): Promise<FolderConfigs> {
  const configs: Record<string, Record<string, unknown>> = {};
  for (const part of diffusersParts) {
    const name = part === 'scheduler' ? 'scheduler_config.json' : 'config.json';
    const file = joinPath(folder, part, name);
    if (hasFile(files, file)) configs[part] = await readJsonObject(files, file);
  }
  return configs;
}

/** The file's or folder's own name, for people. */
function nameOf(place: ModelPlace): string {
  const own = fileName(place.checkpoint);
  // The diffusers library gives every network's file the same name.
  const name =
    (own.startsWith('diffusion_pytorch_model.') ? fileName(place.folder) : own) || publishedSettings.name;
  const ending = checkpointEndings.find((one) => name.endsWith(one));
  return ending ? name.slice(0, -ending.length) : name;
}

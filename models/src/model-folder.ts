import { existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, extname, join, resolve } from 'node:path';
import type { ModelConfig } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import {
  type FolderConfigs,
  type ModelSettings,
  publishedSettings,
  readFolderConfigs,
  readUpstreamConfig,
} from './model-settings.ts';
import { readJsonObject } from './tokenizer-files.ts';

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
 * Finds what a path means: a checkpoint file; a folder in the diffusers layout; a folder that holds one checkpoint.
 * @throws file-not-found, model-not-found
 */
export async function findModelPlace(path: string): Promise<ModelPlace> {
  const full = resolve(path);
  const stats = statSync(full, { throwIfNoEntry: false });
  if (!stats) {
    throw new StablePoseError('file-not-found', `There is no file or folder ${full}.`, {
      remedy: 'Give the path of a checkpoint or of a model folder.',
      details: { path: full },
    });
  }
  if (!stats.isDirectory()) return { checkpoint: full, folder: dirname(full), layout: 'file' };
  if (existsSync(join(full, 'unet')) || existsSync(join(full, 'model_index.json'))) {
    return { checkpoint: full, folder: full, layout: 'diffusers' };
  }
  const names = (await readdir(full)).filter((name) => checkpointEndings.includes(extname(name))).sort();
  const index = (await readdir(full)).find((name) => name.endsWith('.safetensors.index.json'));
  if (index) return { checkpoint: join(full, index), folder: full, layout: 'file' };
  if (names.length === 1) return { checkpoint: join(full, names[0]!), folder: full, layout: 'file' };
  throw new StablePoseError(
    'model-not-found',
    names.length === 0
      ? `${full} holds no checkpoint (${checkpointEndings.join(', ')}) and no unet/ folder.`
      : `${full} holds several checkpoints (${names.join(', ')}).`,
    { remedy: 'Give the path of the file that is meant.', details: { path: full, names } },
  );
}

/**
 * The settings for what is at a place: `config` when it is given (an object, or a JSON file in the upstream layout), else
 * `config.json` beside the checkpoint when it is in the upstream layout, else a diffusers folder's configs, else the
 * published numbers.
 */
export async function readModelSettings(
  place: ModelPlace,
  config: string | Readonly<Record<string, unknown>> | undefined,
): Promise<ModelSettings> {
  const base = { ...publishedSettings, name: nameOf(place) };
  if (config !== undefined) {
    return readUpstreamConfig(typeof config === 'string' ? await readJsonObject(config) : config, base);
  }
  const beside = join(place.folder, 'config.json');
  if (place.layout === 'file' && existsSync(beside)) {
    const found = await readJsonObject(beside);
    // Other programs put a config.json of their own beside a checkpoint.
    const upstream = ['unet_config', 'control_config', 'cond_stage_config'].some(
      (section) => section in found,
    );
    if (upstream) return readUpstreamConfig(found, base);
  }
  if (place.layout === 'diffusers') return readFolderConfigs(await folderConfigs(place.folder), base);
  return base;
}

/** Words of a closed vocabulary, from `vocabulary.json`: `{ group: { word: [synonyms] } }` or `{ group: [words] }`. */
export async function readVocabulary(folder: string): Promise<ModelConfig['vocabulary']> {
  const file = join(folder, 'vocabulary.json');
  if (!existsSync(file)) return undefined;
  const groups = await readJsonObject(file);
  return Object.fromEntries(
    Object.entries(groups).map(([group, words]) => {
      const list = Array.isArray(words) ? words : Object.keys(Object(words));
      return [group, list.filter((word): word is string => typeof word === 'string')];
    }),
  );
}

async function folderConfigs(folder: string): Promise<FolderConfigs> {
  const configs: Record<string, Record<string, unknown>> = {};
  for (const part of diffusersParts) {
    const file = join(folder, part, part === 'scheduler' ? 'scheduler_config.json' : 'config.json');
    if (existsSync(file)) configs[part] = await readJsonObject(file);
  }
  return configs;
}

/** The file's or folder's own name, for people. */
function nameOf(place: ModelPlace): string {
  const parts = place.checkpoint.split(/[\\/]/).filter(Boolean);
  const name = parts[parts.length - 1] ?? publishedSettings.name;
  const ending = checkpointEndings.find((one) => name.endsWith(one));
  return ending ? name.slice(0, -ending.length) : name;
}

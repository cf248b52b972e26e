import { type AdapterSource, checkAdapterFits, type ModelSource, StablePoseError } from '@stable-pose/core';
import { givenFiles, openAdapter, openModel } from '@stable-pose/models/web';
import type { EngineModel } from '../generation-engine.ts';
import type { GivenAdapter, GivenModel } from './given-model.ts';

/** A model with its adapters, opened: headers are read, weights are not. Whoever opens it disposes it. */
export interface OpenedModel {
  readonly id: string;
  readonly model: ModelSource;
  readonly adapters: Readonly<Record<string, AdapterSource>>;
  readonly description: EngineModel;
  dispose(): Promise<void>;
}

const loraFolder = '.loras';
const embeddingFolder = '.embeddings';

/** @throws as `openModel` and `openAdapter` of `@stable-pose/models/web` */
export async function openGivenModel(given: GivenModel): Promise<OpenedModel> {
  const { id = 'model', path = '', loras = {}, embeddings = {} } = given;
  const files = givenFiles({
    ...given.files,
    ...below(loraFolder, loras),
    ...below(embeddingFolder, embeddings),
  });
  const model = await openModel(files, {
    path: path || onlyPlace(given.files),
    loras: Object.keys(loras).map((name) => ({ name, path: `${loraFolder}/${name}` })),
    embeddings: Object.keys(embeddings).map((token) => ({ token, path: `${embeddingFolder}/${token}` })),
  });
  const adapters: Record<string, AdapterSource> = {};
  const dispose = async () => {
    for (const adapter of Object.values(adapters)) await adapter.dispose();
    await model.dispose();
  };
  try {
    if (given.adapters) {
      for (const [name, adapter] of Object.entries(given.adapters)) {
        const place = adapter.path ?? onlyPlace(adapter.files);
        adapters[name] = await openAdapter(givenFiles(adapter.files), { path: place, kind: adapter.kind });
      }
    } else {
      const own = await openAdapter(files, { path: path || onlyPlace(given.files) }).catch(ifThereIsNone);
      if (own) adapters.pose = own;
    }
    for (const [name, adapter] of Object.entries(given.moreAdapters ?? {})) {
      const fitting = await openFitting(name, adapter, model);
      if (fitting) adapters[name] = fitting;
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  const bytes = Object.values(given.files).reduce((sum, file) => sum + sizeOf(file), 0);
  return {
    id,
    model,
    adapters,
    description: {
      id,
      config: model.config,
      adapters: Object.entries(adapters).map(([name, { config }]) => ({ name, config })),
      loras: model.loras,
      embeddings: model.embeddings.map(({ token }) => token),
      bytes,
    },
    dispose,
  };
}

/** Undefined when it is of another model, or cannot be opened: the model is good without it. */
async function openFitting(
  name: string,
  { files, path = onlyPlace(files), kind }: GivenAdapter,
  { config }: ModelSource,
): Promise<AdapterSource | undefined> {
  let adapter: AdapterSource | undefined;
  try {
    adapter = await openAdapter(givenFiles(files), { path, kind });
    checkAdapterFits(name, adapter.config, config);
    return adapter;
  } catch {
    await adapter?.dispose();
    return undefined;
  }
}

/** The whole of what was given: only LoRAs and embeddings are put beside it, in folders of their own. */
function onlyPlace(files: GivenModel['files']): string {
  const checkpoints = Object.keys(files).filter((path) => /\.(safetensors|ckpt|pth|pt|bin)$/i.test(path));
  return checkpoints.length === 1 && !('model_index.json' in files) ? checkpoints[0] : '';
}

function ifThereIsNone(error: unknown): undefined {
  if (StablePoseError.from(error).code !== 'architecture-unsupported') throw error;
}

function below(folder: string, files: GivenModel['files']): GivenModel['files'] {
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [`${folder}/${name}`, file]));
}

const sizeOf = (file: GivenModel['files'][string]): number =>
  file instanceof Blob ? file.size : file.byteLength;

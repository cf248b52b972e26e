import type { AdapterConfig, AdapterSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { type AdapterParts, adapterPrefix, createAdapterSource } from './adapter-source.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { openCheckpoint } from './checkpoint/open-checkpoint.ts';
import { isConvertedFolder, openConvertedWeights, readManifest } from './convert/converted-folder.ts';
import { findModelPlace, readModelSettings } from './model-folder.ts';
import type { ModelSettings } from './model-settings.ts';

export interface OpenAdapterOptions {
  /** A checkpoint file, or a folder that holds one. It may hold a base model as well. */
  readonly path: string;
  /** Told by the tensors when left out. */
  readonly kind?: AdapterConfig['kind'];
  /** As in {@link import('./open-model.ts').OpenModelOptions.config}. */
  readonly config?: string | Readonly<Record<string, unknown>>;
}

/**
 * Opens an adapter.
 * @throws file-not-found, model-not-found, checkpoint-corrupt, checkpoint-unsupported, architecture-unsupported,
 *   tensor-mismatch
 */
export async function openAdapter(options: OpenAdapterOptions): Promise<AdapterSource> {
  const parts = await openAdapterParts(options);
  try {
    return createAdapterSource(parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** What {@link openAdapter} makes a source of. */
export async function openAdapterParts(options: OpenAdapterOptions): Promise<AdapterParts> {
  const { checkpoint, settings, path } = isConvertedFolder(options.path)
    ? await openConverted(options.path)
    : await openFile(options);
  const prefix = [adapterPrefix, ''].find((one) =>
    [...checkpoint.tensors.keys()].some((key) => key.startsWith(`${one}feature_extractor.`)),
  );
  if (prefix === undefined || (options.kind ?? 'stable-pose') !== 'stable-pose') {
    await checkpoint.close();
    throw new StablePoseError(
      'architecture-unsupported',
      `${path} holds no Stable-Pose adapter (no tensor ${adapterPrefix}feature_extractor.*).`,
      { remedy: 'Give the checkpoint of a Stable-Pose adapter.' },
    );
  }
  return { checkpoint, prefix, settings, close: () => checkpoint.close() };
}

interface OpenedAdapter {
  readonly checkpoint: Checkpoint;
  readonly settings: ModelSettings;
  readonly path: string;
}

async function openFile(options: OpenAdapterOptions): Promise<OpenedAdapter> {
  const place = await findModelPlace(options.path);
  const settings = await readModelSettings(place, options.config);
  return { checkpoint: await openCheckpoint(place.checkpoint), settings, path: place.checkpoint };
}

async function openConverted(path: string): Promise<OpenedAdapter> {
  const { settings, name, licence } = await readManifest(path);
  return { checkpoint: await openConvertedWeights(path), settings: { ...settings, name, licence }, path };
}

import type { AdapterConfig, AdapterSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { adapterPrefix, createAdapterSource } from './adapter-source.ts';
import { findModelPlace, readModelSettings } from './model-folder.ts';
import { openWeights } from './open-weights.ts';

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
  const place = await findModelPlace(options.path);
  const settings = await readModelSettings(place, options.config);
  const checkpoint = await openWeights(place.checkpoint);
  const prefix = [adapterPrefix, ''].find((one) =>
    [...checkpoint.tensors.keys()].some((key) => key.startsWith(`${one}feature_extractor.`)),
  );
  if (prefix === undefined || (options.kind ?? 'stable-pose') !== 'stable-pose') {
    await checkpoint.close();
    throw new StablePoseError(
      'architecture-unsupported',
      `${place.checkpoint} holds no Stable-Pose adapter (no tensor ${adapterPrefix}feature_extractor.*).`,
      { remedy: 'Give the checkpoint of a Stable-Pose adapter.' },
    );
  }
  return createAdapterSource({ checkpoint, prefix, settings, close: () => checkpoint.close() });
}

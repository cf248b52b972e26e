import type { AdapterConfig, AdapterSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { type AdapterParts, createAdapterSource } from './adapter-source.ts';
import {
  readStablePoseAdapterConfig,
  stablePoseAdapterTensors,
} from './architectures/stable-pose-adapter.ts';
import { accountFor, refuseMismatch } from './checkpoint/account-for.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { openStablePoseAdapter } from './checkpoint/open-stable-diffusion.ts';
import { layoutPrefixes } from './checkpoint/upstream-layout.ts';
import { isConvertedFolder, openConvertedWeights, readManifest } from './convert/converted-folder.ts';
import type { ModelFiles } from './files/model-files.ts';
import { findModelPlace, readModelSettings } from './model-folder.ts';
import type { ModelSettings } from './model-settings.ts';
import { shapesOf } from './model-source.ts';

export interface OpenAdapterOptions {
  /** A checkpoint file, a folder that holds one, or a converted folder. It may hold a base model as well. */
  readonly path: string;
  /** Told by the tensors when left out. */
  readonly kind?: AdapterConfig['kind'];
  /** As in {@link import('./open-model.ts').OpenModelOptions.config}. */
  readonly config?: string | Readonly<Record<string, unknown>>;
}

/**
 * Opens an adapter.
 * @throws file-not-found, model-not-found, model-corrupt, checkpoint-corrupt, checkpoint-unsupported,
 *   architecture-unsupported, tensor-mismatch
 */
export async function openAdapter(files: ModelFiles, options: OpenAdapterOptions): Promise<AdapterSource> {
  const parts = await openAdapterParts(files, options);
  try {
    return createAdapterSource(files, parts);
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** What {@link openAdapter} makes a source of. */
export async function openAdapterParts(
  files: ModelFiles,
  options: OpenAdapterOptions,
): Promise<AdapterParts> {
  const { kind = 'stable-pose', path } = options;
  if (kind !== 'stable-pose') {
    throw new StablePoseError('architecture-unsupported', `Adapters of kind ${kind} are not read yet.`, {
      remedy: 'Use a Stable-Pose adapter.',
      details: { kind },
    });
  }
  const { checkpoint, settings } = await openAt(files, options);
  try {
    const warnings = account(path, checkpoint, settings);
    return {
      checkpoint,
      prefix: layoutPrefixes.adapter,
      settings,
      warnings,
      close: () => checkpoint.close(),
    };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

async function openAt(
  files: ModelFiles,
  options: OpenAdapterOptions,
): Promise<{ checkpoint: Checkpoint; settings: ModelSettings }> {
  const { path, config } = options;
  if (isConvertedFolder(files, path)) {
    const { settings, name, licence, adapter } = await readManifest(files, path);
    if (!adapter) {
      throw new StablePoseError('architecture-unsupported', `The converted model ${path} holds no adapter.`, {
        remedy: 'Give the file or folder of an adapter.',
      });
    }
    return { checkpoint: await openConvertedWeights(files, path), settings: { ...settings, name, licence } };
  }
  const place = findModelPlace(files, path);
  const settings = await readModelSettings(files, place, config);
  return { checkpoint: await openStablePoseAdapter(files, place.checkpoint), settings };
}

/** @returns warnings. @throws tensor-mismatch naming every tensor that is missing or misshaped */
function account(path: string, checkpoint: Checkpoint, settings: ModelSettings): string[] {
  const config = readStablePoseAdapterConfig(shapesOf(checkpoint), layoutPrefixes.adapter, settings.adapter);
  const others = [layoutPrefixes.unet, layoutPrefixes.vae, 'cond_stage_model.'];
  const accounting = accountFor(stablePoseAdapterTensors(config), checkpoint, (key) =>
    others.some((prefix) => key.startsWith(prefix)),
  );
  refuseMismatch(accounting, path);
  return accounting.warnings.slice();
}

import type { AdapterSource } from '@stable-pose/core/contract';
import { StablePoseError } from '@stable-pose/core/errors';
import { adapterGraphs } from './adapter-graphs.ts';
import { type AdapterParts, createAdapterSource } from './adapter-source.ts';
import { accountFor, refuseMismatch } from './checkpoint/account-for.ts';
import type { Checkpoint } from './checkpoint/checkpoint.ts';
import { type AdapterKind, openAdapterCheckpoint } from './checkpoint/open-adapter-checkpoint.ts';
import { adapterKeys, layoutPrefixes } from './checkpoint/upstream-layout.ts';
import { isConvertedFolder, openConvertedWeights, readManifest } from './convert/converted-folder.ts';
import { hasFile, type ModelFiles } from './files/model-files.ts';
import { joinPath } from './files/path-names.ts';
import { findModelPlace, readModelSettings } from './model-folder.ts';
import type { ModelSettings } from './model-settings.ts';
import { shapesOf } from './model-source.ts';
import { unexpectedWarning } from './open-model.ts';

/** Which files an adapter is opened from. */
export interface OpenAdapterOptions {
  /**
   * A Stable-Pose adapter, ControlNet or T2I-Adapter: a checkpoint file, a folder that holds one (the diffusers library's
   * too), or a converted folder. It may hold a base model as well.
   */
  readonly path: string;
  /** Told by the tensors when left out. */
  readonly kind?: AdapterKind;
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
  const { kind, checkpoint, settings } = await openAt(files, options);
  try {
    const warnings = [
      ...nameWarning(kind, settings),
      ...checkpoint.warnings,
      ...account(options.path, kind, checkpoint, settings),
    ];
    return { kind, checkpoint, settings, warnings, close: () => checkpoint.close() };
  } catch (error) {
    await checkpoint.close();
    throw error;
  }
}

interface OpenedAdapter {
  readonly kind: AdapterKind;
  readonly checkpoint: Checkpoint;
  readonly settings: ModelSettings;
}

async function openAt(files: ModelFiles, options: OpenAdapterOptions): Promise<OpenedAdapter> {
  const { path, kind, config } = options;
  if (isConvertedFolder(files, path)) {
    const { settings, name, licence, adapter } = await readManifest(files, path);
    if (!adapter || (kind !== undefined && kind !== adapter.kind)) {
      throw new StablePoseError(
        'architecture-unsupported',
        `The converted model ${path} holds ${adapter ? `an adapter of kind ${adapter.kind}, not ${kind}` : 'no adapter'}.`,
        { remedy: 'Give the file or folder of an adapter.' },
      );
    }
    return {
      kind: adapter.kind,
      checkpoint: await openConvertedWeights(files, path),
      settings: { ...settings, name, licence },
    };
  }
  const place = findModelPlace(files, adapterFolderIn(files, path));
  if (place.layout === 'diffusers') {
    throw new StablePoseError(
      'architecture-unsupported',
      `The folder ${path} holds a base model and no adapter.`,
      {
        remedy: 'Give the file or folder of an adapter.',
      },
    );
  }
  const settings = await readModelSettings(files, place, config);
  return { ...(await openAdapterCheckpoint(files, place.checkpoint, kind)), settings };
}

/** Where the diffusers library keeps the adapter of a saved pipeline. */
function adapterFolderIn(files: ModelFiles, path: string): string {
  if (!hasFile(files, joinPath(path, 'model_index.json'))) return path;
  const found = ['controlnet', 'adapter'].find((name) => files.kindOf(joinPath(path, name)) === 'folder');
  return found === undefined ? path : joinPath(path, found);
}

/** @returns warnings. @throws tensor-mismatch naming every tensor that is missing or misshaped */
function account(path: string, kind: AdapterKind, checkpoint: Checkpoint, settings: ModelSettings): string[] {
  const { tensors } = adapterGraphs(kind, shapesOf(checkpoint), settings);
  const base = [layoutPrefixes.unet, layoutPrefixes.vae, 'cond_stage_model.'];
  const accounting = accountFor(tensors, checkpoint, (key) => {
    const isBase = base.some((prefix) => key.startsWith(prefix));
    return isBase || Object.entries(adapterKeys).some(([other, keys]) => other !== kind && keys.test(key));
  });
  refuseMismatch(accounting, path);
  return [...accounting.warnings, ...unexpectedWarning(accounting.unexpected)];
}

/** What ControlNets and T2I-Adapters were published for besides skeletons, as their names say it. */
const otherPictures =
  /(?:^|[^a-z])(canny|depth|normal|normalbae|hed|mlsd|scribble|soft-?edge|lineart|seg|shuffle|tile|inpaint|ip2p|sketch|color|keypose)(?![a-z])/i;

/** Adapters for other pictures have the same tensors as those for skeletons: only their name can tell. */
function nameWarning(kind: AdapterKind, { name, adapter }: ModelSettings): string[] {
  const other = otherPictures.exec(name)?.[1];
  if (kind === 'stable-pose' || adapter.drawing !== undefined || !other || /openpose/i.test(name)) return [];
  return [
    `The name of ${name} speaks of ${other}. It will be shown OpenPose skeletons, and follows no pose if it was made for other pictures.`,
  ];
}

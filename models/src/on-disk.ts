import type {
  AdapterSource,
  ExecutionProvider,
  EyesNetworkSource,
  ModelSource,
} from '@stable-pose/core/contract';
import { readManifest as readManifestIn } from './convert/converted-folder.ts';
import type { ModelManifest } from './convert/manifest.ts';
import { diskFiles } from './files/disk-files.ts';
import { type OpenAdapterOptions, openAdapter as openAdapterIn } from './open-adapter.ts';
import { openEyes as openEyesIn } from './open-eyes.ts';
import { type OpenModelOptions, openModel as openModelIn } from './open-model.ts';

/** {@link openModelIn} for files on this machine's disk. */
export const openModel = (options: OpenModelOptions): Promise<ModelSource> => openModelIn(diskFiles, options);

/** {@link openAdapterIn} for files on this machine's disk. */
export const openAdapter = (options: OpenAdapterOptions): Promise<AdapterSource> =>
  openAdapterIn(diskFiles, options);

/** {@link readManifestIn} for a folder on this machine's disk. */
export const readManifest = (folder: string): Promise<ModelManifest> => readManifestIn(diskFiles, folder);

/** {@link openEyesIn} for a folder on this machine's disk. */
export const openEyes = (
  folder: string,
  options?: { readonly provider?: ExecutionProvider },
): Promise<EyesNetworkSource> => openEyesIn(diskFiles, folder, options);

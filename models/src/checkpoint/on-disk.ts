import { diskFiles } from '../files/disk-files.ts';
import type { Checkpoint } from './checkpoint.ts';
import { type CheckpointSummary, inspectCheckpoint as inspectIn } from './inspect-checkpoint.ts';
import { type AdapterKind, openAdapterCheckpoint as openAdapterIn } from './open-adapter-checkpoint.ts';
import { openCheckpoint as openIn } from './open-checkpoint.ts';
import {
  type OpenStableDiffusionOptions,
  openStableDiffusion as openStableDiffusionIn,
  openVae as openVaeIn,
} from './open-stable-diffusion.ts';

/** {@link openIn} for files on this machine's disk. */
export const openCheckpoint = (path: string | readonly string[]): Promise<Checkpoint> =>
  openIn(diskFiles, path);

/** {@link inspectIn} for files on this machine's disk. */
export const inspectCheckpoint = (path: string): Promise<CheckpointSummary> => inspectIn(diskFiles, path);

/** {@link openStableDiffusionIn} for files on this machine's disk. */
export const openStableDiffusion = (
  path: string,
  options?: OpenStableDiffusionOptions,
): Promise<Checkpoint> => openStableDiffusionIn(diskFiles, path, options);

/** {@link openVaeIn} for files on this machine's disk. */
export const openVae = (path: string, options?: OpenStableDiffusionOptions): Promise<Checkpoint> =>
  openVaeIn(diskFiles, path, options);

/** {@link openAdapterIn} for files on this machine's disk. */
export const openAdapterCheckpoint = (
  path: string,
  kind?: AdapterKind,
): Promise<{ readonly kind: AdapterKind; readonly checkpoint: Checkpoint }> =>
  openAdapterIn(diskFiles, path, kind);

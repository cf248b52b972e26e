import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import type {
  ModelReference,
  ModelStore,
  PullOptions,
  PullProgress,
  StoredModel,
  StoreUsage,
} from '../../model-store.ts';
import { bytesOf } from '../open-model-files.ts';
import { userDataFolder } from '../user-data-folder.ts';
import { availableBytes, checkRoom, diskFailure } from './disk-failure.ts';
import { type FetchFileOptions, fetchFile } from './fetch-file.ts';
import { listSourceFiles, type SourceOptions } from './list-source-files.ts';
import { type ModelState, readModelState, writeModelState } from './model-state.ts';
import { lockFolder } from './pull-lock.ts';
import { safePath } from './safe-path.ts';

export interface ModelFolderOptions
  extends Pick<SourceOptions, 'variant'>,
    Pick<FetchFileOptions, 'attempts' | 'firstWaitMs' | 'stallMs'> {
  /** Made when it is needed; {@link defaultModelFolder} when absent. */
  readonly folder?: string;
  /** Of a hub that speaks the same endpoints; HF_ENDPOINT, else the library's own, when absent. */
  readonly hubUrl?: string;
  /** For models that want one; HF_TOKEN when absent. Sent to the hub alone. */
  readonly token?: string;
}

/** A model store in Node: one folder a model, inside one folder. */
export interface ModelFolder extends ModelStore {
  readonly folder: string;
  /** What `models` of the engine and `--model` take. @throws model-not-found when it is not there, or not whole */
  pathOf(id: string): string;
}

/** Names the folder that models are kept in. */
export const modelFolderVariable = 'STABLE_POSE_MODELS';

/** STABLE_POSE_MODELS, else in {@link userDataFolder}. */
export function defaultModelFolder(): string {
  return process.env[modelFolderVariable] || join(userDataFolder(), 'models');
}

const checkpointEndings = ['.safetensors', '.ckpt', '.pt', '.pth'];

/**
 * Models in a folder of this machine: those that were pulled, and whatever else people put there (a checkpoint file, a folder
 * that holds one).
 */
export function openModelFolder(options: ModelFolderOptions = {}): ModelFolder {
  const { folder = defaultModelFolder() } = options;
  /** By id, as the last listing saw it: what `pathOf` answers without waiting. */
  const paths = new Map<string, string>();

  const list = async (): Promise<readonly StoredModel[]> => {
    const names = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw new StablePoseError(
        'storage-unavailable',
        `The folder ${folder} cannot be read: ${error.message}.`,
        {
          cause: error,
        },
      );
    });
    const found: StoredModel[] = [];
    paths.clear();
    for (const entry of names) {
      if (entry.name.startsWith('.')) continue;
      const path = join(folder, entry.name);
      const model = entry.isDirectory()
        ? await storedFolder(path)
        : checkpointEndings.includes(extname(entry.name))
          ? ownFile(path)
          : undefined;
      if (!model) continue;
      found.push(model);
      paths.set(model.id, path);
    }
    return found.sort((a, b) => (a.id < b.id ? -1 : 1));
  };

  return {
    folder,
    list,
    pull: (reference, pullOptions = {}) => pull(folder, reference, options, pullOptions),
    remove: async (id) => {
      await list();
      const path = paths.get(id);
      if (path === undefined) return;
      await rm(path, { recursive: true, force: true });
      paths.delete(id);
    },
    usage: async (): Promise<StoreUsage> => {
      const models = await list();
      const available = await availableBytes(await nearestFolder(folder));
      return {
        usedBytes: models.reduce((sum, { bytes }) => sum + bytes, 0),
        ...(available === undefined ? {} : { availableBytes: available }),
      };
    },
    pathOf: (id) => {
      const path = paths.get(id) ?? join(folder, id);
      if (paths.has(id) || (isPlainName(id) && bytesOf(path) > 0)) return path;
      throw new StablePoseError('model-not-found', `There is no model "${id}" in ${folder}.`, {
        remedy: 'Fetch it first.',
      });
    },
  };
}

const isPlainName = (id: string) => id !== '' && basename(id) === id && !id.startsWith('.');

async function storedFolder(path: string): Promise<StoredModel | undefined> {
  const id = basename(path);
  const state = await readModelState(path);
  if (!state) {
    const bytes = bytesOf(path);
    return bytes > 0 ? { id, name: id, isComplete: true, bytes, totalBytes: bytes } : undefined;
  }
  return storedModel(path, state);
}

function storedModel(path: string, state: ModelState): StoredModel {
  const id = basename(path);
  const isComplete = state.files.length > 0 && state.files.every(({ isWhole }) => isWhole);
  let bytes = 0;
  for (const { path: file } of state.files) {
    bytes += bytesOf(join(path, file)) || bytesOf(join(path, `${file}.part`));
  }
  const isKnown = state.files.every((file) => file.bytes !== undefined);
  return {
    id,
    name: nameOf(state.source, id),
    isComplete,
    bytes,
    ...(isKnown ? { totalBytes: state.files.reduce((sum, file) => sum + (file.bytes ?? 0), 0) } : {}),
    source: state.source,
  };
}

function nameOf(source: ModelReference, id: string): string {
  return source.from === 'hub' ? source.repository : id;
}

function ownFile(path: string): StoredModel {
  const bytes = bytesOf(path);
  const id = basename(path);
  return { id, name: basename(path, extname(path)), isComplete: true, bytes, totalBytes: bytes };
}

async function pull(
  folder: string,
  reference: ModelReference,
  options: ModelFolderOptions,
  { signal, onProgress }: PullOptions,
): Promise<StoredModel> {
  onProgress?.({ stage: 'list', file: '', bytes: 0 });
  const { HF_ENDPOINT, HF_TOKEN } = process.env;
  const { hubUrl = HF_ENDPOINT, token = HF_TOKEN, variant } = options;
  const { id, files } = await listSourceFiles(reference, { hubUrl, token, variant, signal });
  for (const { path } of files) safePath(path);
  const place = join(folder, id);
  try {
    await mkdir(place, { recursive: true });
  } catch (error) {
    throw diskFailure(error, place);
  }
  const unlock = await lockFolder(place).catch((error: unknown) => {
    throw diskFailure(error, place);
  });
  try {
    const before = await readModelState(place);
    const state: ModelState = {
      format: 'stable-pose-pull',
      version: 1,
      source: reference,
      files: files.map(({ path, bytes }) => {
        const known = before?.files.find((file) => file.path === path);
        return { isWhole: false, ...known, path, ...(bytes === undefined ? {} : { bytes }) };
      }),
    };
    for (const [i, file] of state.files.entries()) {
      file.isWhole &&= await isStillThere(join(place, file.path), file.bytes, files[i].hash, file.sha256);
    }
    await writeModelState(place, state);
    const meter = new Meter(state, place, onProgress);
    await checkRoom(place, meter.missingBytes);
    for (const [i, source] of files.entries()) {
      const file = state.files[i];
      if (file.isWhole) continue;
      const target = join(place, source.path);
      await mkdir(dirname(target), { recursive: true });
      const { attempts, firstWaitMs, stallMs } = options;
      const { bytes, sha256 } = await fetchFile(source, {
        target,
        version: file.version,
        signal,
        attempts,
        firstWaitMs,
        stallMs,
        onBytes: (stage, have) => meter.tell(stage, i, have),
        onVersion: async (version, whole) => {
          if (version === undefined) delete file.version;
          else file.version = version;
          if (whole !== undefined) file.bytes = whole;
          await writeModelState(place, state);
        },
      });
      Object.assign(file, { bytes, isWhole: true }, sha256 === undefined ? {} : { sha256 });
      await writeModelState(place, state);
    }
    return storedModel(place, state);
  } catch (error) {
    throw diskFailure(error, place);
  } finally {
    await unlock();
  }
}

/** A file that an earlier pull verified, if its size is what it was and its source still means the same content. */
async function isStillThere(
  path: string,
  bytes: number | undefined,
  hash: { readonly kind: string; readonly hex: string } | undefined,
  sha256: string | undefined,
): Promise<boolean> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isFile() || (bytes !== undefined && stats.size !== bytes)) return false;
  return hash?.kind !== 'sha256' || sha256 === hash.hex;
}

async function nearestFolder(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path));
}

/** Adds up what is here, and measures how fast more comes. */
class Meter {
  private readonly have: number[];
  private readonly begun = performance.now();
  private fetched = 0;
  private readonly state: ModelState;
  private readonly listener: ((progress: PullProgress) => void) | undefined;

  constructor(state: ModelState, place: string, listener: ((progress: PullProgress) => void) | undefined) {
    this.state = state;
    this.listener = listener;
    this.have = state.files.map(({ path, isWhole }) => bytesOf(join(place, isWhole ? path : `${path}.part`)));
  }

  /** 0 where no size is known. */
  get missingBytes(): number {
    return this.state.files.reduce(
      (sum, { bytes, isWhole }, i) => sum + (isWhole ? 0 : Math.max(0, (bytes ?? 0) - this.have[i])),
      0,
    );
  }

  tell(stage: 'fetch' | 'verify', index: number, have: number): void {
    if (stage === 'fetch') {
      this.fetched += Math.max(0, have - this.have[index]);
      this.have[index] = have;
    }
    const { files } = this.state;
    const bytes = this.have.reduce((sum, value) => sum + value, 0);
    const isKnown = files.every((file) => file.bytes !== undefined);
    const totalBytes = files.reduce((sum, file) => sum + (file.bytes ?? 0), 0);
    const seconds = (performance.now() - this.begun) / 1000;
    const bytesPerSecond = seconds > 0.5 && this.fetched > 0 ? this.fetched / seconds : undefined;
    this.listener?.({
      stage,
      file: files[index].path,
      bytes,
      ...(isKnown ? { totalBytes } : {}),
      ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
      ...(bytesPerSecond === undefined || !isKnown
        ? {}
        : { secondsRemaining: Math.max(0, totalBytes - bytes) / bytesPerSecond }),
    });
  }
}

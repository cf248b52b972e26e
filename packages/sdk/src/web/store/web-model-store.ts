import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import type {
  ExplainedFiles,
  ModelReference,
  ModelStore,
  PullOptions,
  PullProgress,
  StoredModel,
  StoreUsage,
} from '../../model-store.ts';
import { fetchFile } from './fetch-file.ts';
import { listHubFiles } from './hub-listing.ts';
import {
  type FileRecord,
  isComplete,
  type ModelRecord,
  pieceName,
  readRecord,
  readRecords,
  removeModel,
  writeRecord,
} from './model-record.ts';
import { openPieces } from './open-pieces.ts';
import type { PieceStore } from './piece-store.ts';

/** A {@link ModelStore} in a page. */
export interface WebModelStore extends ModelStore {
  /** Where models lie; `memory` is gone with the page. */
  readonly kind: PieceStore['kind'];
  /**
   * The files of a complete model by their paths, as Blobs that are read when they are used.
   * @throws model-not-found, model-corrupt
   */
  files(id: string): Promise<Readonly<Record<string, Blob>>>;
}

export interface WebModelStoreOptions {
  /** Of the folder or cache. Default `stable-pose-models`. */
  readonly name?: string;
  /** Left out: OPFS, else the Cache API, else memory. */
  readonly pieces?: PieceStore;
  /** A hub that speaks Hugging Face's endpoints; without it nothing is pulled from a hub. */
  readonly hubUrl?: string;
}

/** What may lie beside a checkpoint and belongs to it. */
const companions = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'vocabulary.json'];
/** The manifest of a folder that `stable-pose models convert` made. */
const manifestName = 'stable-pose-model.json';

/** Opens this page's store of models. Never fails: where a page may keep nothing, it is memory. */
export async function openWebModelStore(options: WebModelStoreOptions = {}): Promise<WebModelStore> {
  const { name = 'stable-pose-models', pieces, hubUrl } = options;
  return new BrowserModelStore(pieces ?? (await openPieces(name)), hubUrl);
}

class BrowserModelStore implements WebModelStore {
  readonly kind: PieceStore['kind'];
  private readonly pieces: PieceStore;
  private readonly hubUrl: string | undefined;
  /** Two downloads of one model would write over each other. */
  private readonly pulls = new Map<string, Promise<unknown>>();
  private askedToPersist = false;

  constructor(pieces: PieceStore, hubUrl: string | undefined) {
    this.pieces = pieces;
    this.hubUrl = hubUrl;
    this.kind = pieces.kind;
  }

  async list(): Promise<readonly StoredModel[]> {
    return (await readRecords(this.pieces)).map(describeRecord);
  }

  async pull(source: ModelReference, options: PullOptions = {}): Promise<StoredModel> {
    const start = startOf(source);
    const before = this.pulls.get(start.id);
    const pull = (before ?? Promise.resolve()).catch(() => {}).then(() => this.pullAlone(start, options));
    this.pulls.set(start.id, pull);
    try {
      return await pull;
    } finally {
      if (this.pulls.get(start.id) === pull) this.pulls.delete(start.id);
    }
  }

  async remove(id: string): Promise<void> {
    await removeModel(this.pieces, id);
  }

  async usage(): Promise<StoreUsage> {
    const records = await readRecords(this.pieces);
    const usedBytes = records.reduce((sum, { files }) => sum + sumOf(files, ({ have }) => have), 0);
    const availableBytes = await freeBytes();
    return { usedBytes, ...(availableBytes === undefined ? {} : { availableBytes }) };
  }

  async explain(files: readonly File[]): Promise<ExplainedFiles> {
    // Fetched when somebody has files: a page that only runs a model in a worker needs none of it.
    const { explainFiles } = await import('../explain-files.ts');
    return explainFiles(Object.fromEntries(files.map((file) => [pathOf(file), file])));
  }

  async files(id: string): Promise<Readonly<Record<string, Blob>>> {
    const record = await readRecord(this.pieces, id);
    if (!record || !isComplete(record)) {
      throw new StablePoseError('model-not-found', `The model ${id} is not here, or not as a whole.`, {
        remedy: 'Fetch it first.',
        details: { id },
      });
    }
    const files: Record<string, Blob> = {};
    for (const [index, file] of record.files.entries()) {
      if (file.have === 0 && file.isOptional) continue;
      files[file.path] = await this.wholeFile(id, index, file);
    }
    return files;
  }

  private hub(): string {
    if (this.hubUrl) return this.hubUrl;
    throw new StablePoseError('not-supported', 'This store knows no hub.', {
      remedy: 'Open it with hubUrl, or give the address of the file.',
    });
  }

  private async wholeFile(id: string, index: number, file: FileRecord): Promise<Blob> {
    const parts: Blob[] = [];
    for (let piece = 0; piece < file.pieces; piece++) {
      const blob = await this.pieces.read(pieceName(id, index, piece));
      if (blob) parts.push(blob);
    }
    // A Blob of Blobs copies nothing.
    const whole = parts.length === 1 ? parts[0] : new Blob(parts);
    if (whole.size === file.bytes) return whole;
    throw new StablePoseError(
      'model-corrupt',
      `${file.path} of the model ${id} has ${whole.size} bytes; ${file.bytes} were stored.`,
      { remedy: 'Fetch it again: what is missing is fetched.', details: { id, path: file.path } },
    );
  }

  private async pullAlone(start: ModelRecord, { signal, onProgress }: PullOptions): Promise<StoredModel> {
    throwIfCancelled(signal);
    await this.askToPersist();
    const record = (await readRecord(this.pieces, start.id)) ?? start;
    const save = () => writeRecord(this.pieces, record);
    const progress = progressTeller(record, onProgress);
    if (!record.isListed) {
      progress('list', '', 0);
      record.files =
        start.source?.from === 'hub'
          ? await listHubFiles(start.source, this.hub(), signal)
          : await listFiles(start, signal);
      record.isListed = true;
    }
    await this.refuseWithoutRoom(record);
    if (start.source?.from === 'files') {
      await this.keepFiles(record, start.source.files, progress, save, signal);
      return this.told(record, save);
    }
    for (const [index, file] of record.files.entries()) {
      if (file.isComplete) continue;
      try {
        const others = sumOf(record.files, (other) => (other === file ? 0 : other.have));
        await fetchFile({
          pieces: this.pieces,
          id: record.id,
          index,
          file,
          save,
          signal,
          onLength: () => this.refuseWithoutRoom(record),
          onBytes: (stage, have) => progress(stage, file.path, others + have),
        });
      } catch (error) {
        if (!(file.isOptional && StablePoseError.from(error).code === 'model-not-found')) throw error;
        file.bytes = 0;
        file.isComplete = true;
      }
    }
    return this.told(record, save);
  }

  /** An engine hands adapters to models and opens nothing else of them. */
  private async told(record: ModelRecord, save: () => Promise<void>): Promise<StoredModel> {
    const { explainFiles } = await import('../explain-files.ts');
    // Nothing of it is whole before its record says so.
    await save();
    const { kind } = await explainFiles(await this.files(record.id));
    if (kind === 'adapter') {
      record.kind = kind;
      await save();
    }
    return describeRecord(record);
  }

  private async keepFiles(
    record: ModelRecord,
    files: readonly File[],
    progress: (stage: PullProgress['stage'], file: string, bytes: number) => void,
    save: () => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    let done = 0;
    for (const [index, file] of record.files.entries()) {
      throwIfCancelled(signal);
      if (!file.isComplete) await this.pieces.write(pieceName(record.id, index, 0), files[index]);
      file.pieces = 1;
      file.have = files[index].size;
      file.bytes = file.have;
      file.isComplete = true;
      done += file.have;
      progress('fetch', file.path, done);
      await save();
    }
  }

  /** Without it a browser may drop what is stored when it needs room. Asked once, and a no is no fault. */
  private async askToPersist(): Promise<void> {
    if (this.askedToPersist || this.kind === 'memory') return;
    this.askedToPersist = true;
    await navigator.storage?.persist?.().catch(() => false);
  }

  /** Better said before an hour of download than after. */
  private async refuseWithoutRoom({ files }: ModelRecord): Promise<void> {
    if (this.kind === 'memory') return;
    const missing = sumOf(files, ({ bytes, have }) => Math.max(0, (bytes ?? have) - have));
    const free = await freeBytes();
    if (free === undefined || missing <= free) return;
    throw new StablePoseError(
      'storage-full',
      `The model needs ${megabytes(missing)} more; the browser gives this page ${megabytes(free)}.`,
      {
        remedy: 'Remove models that are no longer needed, or free space on the disk.',
        details: { neededBytes: missing, availableBytes: free },
      },
    );
  }
}

/** What is known of a model before anything is fetched. @throws invalid-input, not-supported */
function startOf(source: ModelReference): ModelRecord {
  switch (source.from) {
    case 'url': {
      const url = checkedUrl(source.url);
      const name = stemOf(url.pathname);
      return { id: idOf(name, url.href), name, source, files: [], isListed: false };
    }
    case 'files': {
      const { files } = source;
      if (files.length === 0) throw new StablePoseError('invalid-input', 'No file was given.');
      const largest = [...files].sort((a, b) => b.size - a.size)[0];
      const name = stemOf(largest.name);
      const key = files.map((file) => `${pathOf(file)} ${file.size} ${file.lastModified}`).join();
      return { id: idOf(name, key), name, source, files: files.map(givenRecord), isListed: true };
    }
    case 'hub': {
      const { repository, revision = 'main', files = [] } = source;
      if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) {
        throw new StablePoseError('invalid-input', `A repository is owner/name, got ${repository}.`);
      }
      const name = fileName(repository);
      return {
        id: idOf(name, [repository, revision, ...files].join(' ')),
        name,
        source,
        files: [],
        isListed: false,
      };
    }
    case 'path':
      throw new StablePoseError('not-supported', 'A page cannot open a path of this device.', {
        remedy: 'Drop the files on the page.',
      });
    default:
      throw new StablePoseError('invalid-input', `No model comes from ${source satisfies never}.`);
  }
}

const givenRecord = (file: File): FileRecord => ({
  path: pathOf(file),
  bytes: file.size,
  pieces: 0,
  have: 0,
  isComplete: false,
});

/** A dropped folder's files say where in it they lay; its own name is left out. */
function pathOf({ name, webkitRelativePath }: File): string {
  return webkitRelativePath ? webkitRelativePath.split('/').slice(1).join('/') : name;
}

/** A single file with what may lie beside it, or everything that a folder's manifest names. */
async function listFiles(
  { source }: ModelRecord,
  signal: AbortSignal | undefined,
): Promise<ModelRecord['files']> {
  if (source?.from !== 'url') return [];
  const url = checkedUrl(source.url);
  const fresh = { pieces: 0, have: 0, isComplete: false };
  if (/\.(safetensors|ckpt|pth|pt|bin)$/i.test(url.pathname)) {
    const file = { path: fileName(url.pathname), url: url.href, sha256: source.sha256, ...fresh };
    const beside = companions.map((name) => ({
      path: name,
      url: new URL(name, url).href,
      isOptional: true,
      ...fresh,
    }));
    return [...beside, file];
  }
  const folder = new URL(url.pathname.endsWith('/') ? url.href : `${url.href}/`);
  const place = new URL(manifestName, folder);
  const manifest = await fetchJson(place, signal);
  const entries = (manifest as { files?: unknown }).files;
  const isEntry = (entry: unknown): entry is { path: string; bytes: number; sha256: string } =>
    typeof (entry as { path?: unknown } | null)?.path === 'string' &&
    isInside((entry as { path: string }).path);
  if (!Array.isArray(entries) || !entries.every(isEntry)) {
    throw new StablePoseError('model-corrupt', `${place.href} is not the manifest of a model.`, {
      remedy: 'Give the address of a checkpoint file, or of a folder that was converted.',
    });
  }
  const listed = entries.map(({ path, bytes, sha256 }) => ({
    path,
    url: new URL(path, folder).href,
    bytes,
    sha256,
    ...fresh,
  }));
  return [{ path: manifestName, url: place.href, ...fresh }, ...listed];
}

const isInside = (path: string): boolean => !/^[/\\]|^[a-z]+:|(^|[/\\])\.\.([/\\]|$)/i.test(path);

async function fetchJson(url: URL, signal: AbortSignal | undefined): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    throwIfCancelled(signal);
    throw new StablePoseError('download-failed', `${url.href} cannot be reached.`, {
      remedy: 'Check the address and the connection; a server of another origin must allow this page (CORS).',
      cause,
    });
  }
  if (!response.ok) {
    throw new StablePoseError('model-not-found', `The server answered ${response.status} to ${url.href}.`, {
      remedy: 'Give the address of a checkpoint file, or of a folder that was converted.',
    });
  }
  return response.json().catch((cause: unknown) => {
    throw new StablePoseError('model-corrupt', `${url.href} is not JSON.`, { cause });
  });
}

/** @throws invalid-input for anything but https, or http on this very machine or origin */
function checkedUrl(text: string): URL {
  const base = globalThis.location?.href;
  let url: URL;
  try {
    url = base && !base.startsWith('about:') ? new URL(text, base) : new URL(text);
  } catch (cause) {
    throw new StablePoseError('invalid-input', `${JSON.stringify(text)} is no address.`, { cause });
  }
  const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLocal)) return url;
  throw new StablePoseError('invalid-input', `A model is fetched by https; ${url.href} is not.`);
}

function describeRecord(record: ModelRecord): StoredModel {
  const { id, name, licence, kind, source, files } = record;
  const known = record.isListed && files.every(({ bytes, isOptional }) => bytes !== undefined || isOptional);
  return {
    id,
    name,
    isComplete: isComplete(record),
    bytes: sumOf(files, ({ have }) => have),
    ...(known ? { totalBytes: sumOf(files, ({ bytes, have }) => bytes ?? have) } : {}),
    ...(licence ? { licence } : {}),
    ...(kind ? { kind } : {}),
    ...(source && source.from !== 'files' ? { source } : {}),
  };
}

function progressTeller(record: ModelRecord, listener: PullOptions['onProgress']) {
  const started = performance.now();
  let first: number | undefined;
  return (stage: PullProgress['stage'], file: string, bytes: number): void => {
    if (!listener) return;
    const { totalBytes } = describeRecord(record);
    if (stage === 'fetch') first ??= bytes;
    const seconds = (performance.now() - started) / 1000;
    const bytesPerSecond = first === undefined || seconds < 0.5 ? undefined : (bytes - first) / seconds;
    listener({
      stage,
      file,
      bytes,
      ...(totalBytes === undefined ? {} : { totalBytes }),
      ...(bytesPerSecond ? { bytesPerSecond } : {}),
      ...(bytesPerSecond && totalBytes ? { secondsRemaining: (totalBytes - bytes) / bytesPerSecond } : {}),
    });
  };
}

async function freeBytes(): Promise<number | undefined> {
  const estimate = await navigator.storage?.estimate?.().catch(() => undefined);
  if (estimate?.quota === undefined || estimate.usage === undefined) return undefined;
  return Math.max(0, estimate.quota - estimate.usage);
}

function sumOf(files: readonly FileRecord[], of: (file: FileRecord) => number): number {
  return files.reduce((sum, file) => sum + of(file), 0);
}

const fileName = (path: string): string => path.split('/').filter(Boolean).pop() ?? '';
const stemOf = (path: string): string => fileName(path).replace(/\.[a-z]+$/i, '') || 'model';
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** Plain letters of the name, and eight of a hash that tells models of one name apart. */
function idOf(name: string, key: string): string {
  const plain =
    name
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 40) || 'model';
  return `${plain}-${bytesToHex(sha256(new TextEncoder().encode(key))).slice(0, 8)}`;
}

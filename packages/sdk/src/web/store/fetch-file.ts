import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { type FileRecord, pieceName } from './model-record.ts';
import type { PieceStore } from './piece-store.ts';

/** What a tab that closes in the middle loses at most. */
const pieceBytes = 16 * 1024 * 1024;
/** A connection that breaks is taken up again so often without a byte more. */
const attempts = 4;
const firstWaitMs = 500;

export interface FetchFileOptions {
  readonly pieces: PieceStore;
  readonly id: string;
  readonly index: number;
  /** Changed as it goes on, and saved. */
  readonly file: FileRecord;
  readonly save: () => Promise<void>;
  /** Called when the file's length is known, before its bytes come: may refuse it. */
  readonly onLength: () => Promise<void>;
  /** Of this file. */
  readonly onBytes: (stage: 'fetch' | 'verify', have: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Fetches a file, or what is missing of it, in pieces; verifies its hash where one is known.
 * @throws cancelled, download-failed, model-not-found, model-corrupt, storage-full, storage-unavailable
 */
export async function fetchFile(options: FetchFileOptions): Promise<void> {
  const { file, signal, save } = options;
  const digest: Digest = { hash: sha256.create() };
  await hashPieces(options, digest);
  let failures = 0;
  while (!file.isComplete) {
    const before = file.have;
    try {
      await fetchRest(options, digest);
    } catch (error) {
      throwIfCancelled(signal);
      if (StablePoseError.is(error)) throw error;
      failures = file.have > before ? 1 : failures + 1;
      if (failures >= attempts) {
        throw new StablePoseError(
          'download-failed',
          `The download of ${file.url} broke off at byte ${file.have}: ${(error as Error).message}.`,
          { remedy: 'Try again: it goes on from there.', details: { have: file.have }, cause: error },
        );
      }
      await wait(firstWaitMs * 2 ** (failures - 1), signal);
    }
  }
  const found = bytesToHex(digest.hash.digest());
  if (file.sha256 !== undefined && found !== file.sha256) {
    await forget(options, digest);
    throw new StablePoseError(
      'model-corrupt',
      `${file.path} has the hash ${found}; expected is ${file.sha256}. It was removed.`,
      { remedy: 'Fetch it again; if it stays so, the file at its place is another one.' },
    );
  }
  await save();
}

/** Of everything that is here so far. */
interface Digest {
  hash: ReturnType<typeof sha256.create>;
}

/** What is here already counts in the hash; a piece that is gone ends what is here. */
async function hashPieces(
  { pieces, id, index, file, onBytes, signal }: FetchFileOptions,
  { hash }: Digest,
): Promise<void> {
  let have = 0;
  for (let piece = 0; piece < file.pieces; piece++) {
    throwIfCancelled(signal);
    const blob = await pieces.read(pieceName(id, index, piece));
    if (!blob) {
      file.pieces = piece;
      file.isComplete = false;
      break;
    }
    hash.update(new Uint8Array(await blob.arrayBuffer()));
    have += blob.size;
    onBytes('verify', have);
  }
  file.have = have;
}

async function fetchRest(options: FetchFileOptions, digest: Digest): Promise<void> {
  const { file, signal } = options;
  // Alone it needs no leave of another origin; If-Range would.
  const headers = file.have > 0 ? { Range: `bytes=${file.have}-` } : undefined;
  const response = await fetch(file.url!, { headers, signal });
  if (response.status === 416 && file.have > 0) {
    if (file.have === file.bytes) {
      file.isComplete = true;
      return;
    }
    await forget(options, digest);
    throw new Error('it became shorter meanwhile');
  }
  refuseStatus(response, file);
  const tag = strongTag(response);
  if (response.status === 206 && tag && file.etag && tag !== file.etag) {
    await response.body?.cancel();
    await forget(options, digest);
    throw new Error('the file is another one now');
  }
  // A server without ranges sends it from the start.
  if (response.status === 200 && file.have > 0) await forget(options, digest);
  file.etag = tag ?? file.etag;
  file.bytes = totalOf(response, file.have) ?? file.bytes;
  try {
    await options.onLength();
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  await readInto(options, response, digest);
  if (file.bytes !== undefined && file.have < file.bytes) throw new Error('the connection closed early');
  file.bytes = file.have;
  file.isComplete = true;
}

async function readInto(options: FetchFileOptions, response: Response, digest: Digest): Promise<void> {
  const { pieces, id, index, file, save, onBytes } = options;
  const reader = response.body!.getReader();
  let parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const store = async () => {
    if (size === 0) return;
    const blob = new Blob(parts);
    await pieces.write(pieceName(id, index, file.pieces), blob);
    for (const part of parts) digest.hash.update(part);
    file.pieces++;
    file.have += size;
    parts = [];
    size = 0;
    await save();
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value as Uint8Array<ArrayBuffer>);
      size += value.length;
      onBytes('fetch', file.have + size);
      if (size >= pieceBytes) await store();
    }
  } finally {
    // What came before a break or a pause is kept.
    await store().finally(() => reader.cancel().catch(() => {}));
  }
}

/** The pieces go; the next call begins anew. */
async function forget({ pieces, id, index, file, save }: FetchFileOptions, digest: Digest): Promise<void> {
  digest.hash = sha256.create();
  for (let piece = 0; piece < file.pieces; piece++) await pieces.remove(pieceName(id, index, piece));
  file.pieces = 0;
  file.have = 0;
  file.isComplete = false;
  file.etag = undefined;
  await save();
}

function refuseStatus(response: Response, { url }: FileRecord): void {
  if (response.ok) return;
  const { status } = response;
  const words = `The server answered ${status}${response.statusText ? ` (${response.statusText})` : ''} to ${url}.`;
  if (status === 404 || status === 410) {
    throw new StablePoseError('model-not-found', words, {
      remedy: 'Check the address.',
      details: { status },
    });
  }
  if (status === 401 || status === 403) {
    throw new StablePoseError('download-failed', words, {
      remedy: 'It is to be had after signing in only: download it there and drop the file here.',
      details: { status },
    });
  }
  // The server's fault: worth another try.
  throw new Error(words);
}

/** A weak tag does not promise the same bytes. */
function strongTag(response: Response): string | undefined {
  const tag = response.headers.get('etag');
  return tag && !tag.startsWith('W/') ? tag : undefined;
}

function totalOf(response: Response, have: number): number | undefined {
  const range = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  if (range) return Number(range[1]);
  const length = response.headers.get('content-length');
  // Of a compressed answer it is the length on the way.
  if (length === null || response.headers.get('content-encoding')) return undefined;
  return Number(length) + (response.status === 206 ? have : 0);
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', cancel);
      resolve();
    }, ms);
    const cancel = () => {
      clearTimeout(timer);
      reject(new StablePoseError('cancelled', 'The download was paused.', { cause: signal?.reason }));
    };
    signal?.addEventListener('abort', cancel, { once: true });
  });
}

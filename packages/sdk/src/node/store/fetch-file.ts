import { open, rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { linkedAbort } from '../../linked-abort.ts';
import { diskFailure } from './disk-failure.ts';
import { digestFile, fileDigest } from './file-digest.ts';
import { TemporaryRefusal } from './http-file.ts';
import type { SourceFile } from './source-file.ts';

export interface FetchFileOptions {
  /** Where it goes; while it is not whole, `.part` stands behind the name. */
  readonly target: string;
  /** Of what is in the part file, from an earlier run. */
  readonly version?: string;
  readonly signal?: AbortSignal;
  /** Of this file. */
  readonly onBytes: (stage: 'fetch' | 'verify', bytes: number) => void;
  /** The source says which content this is. Kept, it lets a later run go on. */
  readonly onVersion: (version: string | undefined, bytes: number | undefined) => Promise<void>;
  /** Attempts in a row that bring nothing. Default 5. */
  readonly attempts?: number;
  /** Before the second attempt; doubled each time. Default 500. */
  readonly firstWaitMs?: number;
  /** Without a byte for so long, a connection is given up. Default 30,000. */
  readonly stallMs?: number;
}

export interface FetchedFile {
  readonly bytes: number;
  /** Of the whole file; absent when its source states another kind of hash. */
  readonly sha256?: string;
}

/**
 * Fetches a file, or what is missing of it: streamed to disk, taken up again when the connection breaks, verified, and only
 * then under its name.
 * @throws cancelled, download-failed, model-not-found, model-corrupt, disk-full, write-failed
 */
export async function fetchFile(source: SourceFile, options: FetchFileOptions): Promise<FetchedFile> {
  const { target, signal, attempts = 5, firstWaitMs = 500 } = options;
  const part = `${target}.part`;
  let { version } = options;
  let failures = 0;
  for (;;) {
    throwIfCancelled(signal);
    const before = await sizeOf(part);
    try {
      const done = await fetchRest(source, part, before, {
        ...options,
        version,
        onVersion: async (now, bytes) => {
          version = now;
          await options.onVersion(now, bytes);
        },
      });
      await rename(part, target);
      return done;
    } catch (error) {
      throwIfCancelled(signal);
      const failure = diskFailure(error, target);
      if (StablePoseError.is(failure)) throw failure;
      failures = (await sizeOf(part)) > before ? 1 : failures + 1;
      if (failures >= attempts) throw brokenOff(source, await sizeOf(part), error);
      const asked = error instanceof TemporaryRefusal ? error.retryAfterMs : undefined;
      const wait = asked ?? firstWaitMs * 2 ** (failures - 1);
      await sleep(Math.min(wait, 60_000), undefined, { signal }).catch(() => {});
    }
  }
}

async function fetchRest(
  source: SourceFile,
  part: string,
  have: number,
  options: FetchFileOptions,
): Promise<FetchedFile> {
  const { hash } = source;
  const { onBytes, stallMs = 30_000 } = options;
  const kind = hash?.kind ?? 'sha256';
  const stall = linkedAbort(options.signal);
  const { signal } = stall;
  let timer: NodeJS.Timeout | undefined;
  const alive = () => {
    clearTimeout(timer);
    timer = setTimeout(() => stall.abort(new Error(`no byte came for ${stallMs / 1000} s`)), stallMs);
  };
  try {
    alive();
    const opened = await source.open(have, { version: options.version, signal });
    alive();
    const bytes = source.bytes ?? opened.bytes;
    if (source.bytes !== undefined && opened.bytes !== undefined && source.bytes !== opened.bytes) {
      throw new StablePoseError(
        'model-corrupt',
        `${source.path} was announced with ${source.bytes} bytes, and its source sends ${opened.bytes}.`,
        { remedy: 'Try again later, or use another source.' },
      );
    }
    // Only what began at 0 or continues the same content counts.
    const isAnother = have > 0 && opened.version !== options.version && options.version !== undefined;
    const begins = isAnother && opened.from > 0 ? undefined : opened.from;
    if (begins === undefined || (bytes !== undefined && have > bytes)) {
      await rm(part, { force: true });
      await options.onVersion(undefined, undefined);
      throw new Error('the file is another one by now');
    }
    await options.onVersion(opened.version, bytes);
    const digest = fileDigest(kind, bytes);
    clearTimeout(timer);
    if (begins > 0) {
      await digestFile(digest, part, { signal, onBytes: (read) => onBytes('verify', read) });
    }
    const file = await open(part, begins > 0 ? 'r+' : 'w');
    let written = begins;
    try {
      alive();
      for await (const piece of opened.content) {
        alive();
        if (signal.aborted) throw signal.reason;
        await writeAll(file, piece, written);
        digest.update(piece);
        written += piece.length;
        onBytes('fetch', written);
      }
      await file.sync();
    } finally {
      await file.close();
    }
    if (bytes !== undefined && written < bytes) throw new Error(`it ended at byte ${written} of ${bytes}`);
    const found = digest.digest('hex');
    if ((bytes !== undefined && written > bytes) || (hash && found !== hash.hex)) {
      await rm(part, { force: true });
      await options.onVersion(undefined, undefined);
      throw new StablePoseError(
        'model-corrupt',
        hash && found !== hash.hex
          ? `${source.path} has the hash ${found}; expected was ${hash.hex}. It was removed.`
          : `${source.path} has ${written} bytes; expected were ${bytes}. It was removed.`,
        { remedy: 'Fetch it again; if it stays so, the file at its place is another one.' },
      );
    }
    return { bytes: written, ...(kind === 'sha256' ? { sha256: found } : {}) };
  } catch (error) {
    // What a stalled connection throws says nothing; what ended it does.
    throw signal.aborted && !options.signal?.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
    stall.unlink();
  }
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  piece: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < piece.length; ) {
    const { bytesWritten } = await file.write(piece, done, piece.length - done, position + done);
    done += bytesWritten;
  }
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

function brokenOff(source: SourceFile, have: number, error: unknown): StablePoseError {
  const { message, cause } = error as Error;
  const why = cause instanceof Error && cause.message ? `${message} (${cause.message})` : message;
  return new StablePoseError(
    'download-failed',
    `The download of ${source.path} broke off at byte ${have}: ${why}.`,
    { remedy: 'Try again: it goes on from there.', details: { path: source.path, have }, cause: error },
  );
}

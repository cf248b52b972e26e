import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { FileHash } from './source-file.ts';

/** A hash that grows with the file. @param bytes of the whole file, which a git blob's hash begins with */
export function fileDigest(kind: FileHash['kind'], bytes: number | undefined): Hash {
  if (kind === 'sha256') return createHash('sha256');
  return createHash('sha1').update(`blob ${bytes ?? 0}\0`);
}

/** Adds what is on disk. */
export async function digestFile(
  digest: Hash,
  path: string,
  options: { readonly signal?: AbortSignal; readonly onBytes?: (bytes: number) => void } = {},
): Promise<void> {
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: 1024 * 1024, signal: options.signal })) {
    digest.update(piece as Buffer);
    bytes += (piece as Buffer).length;
    options.onBytes?.(bytes);
  }
}

import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import type { ModelReference } from '../../model-store.ts';
import { chooseModelFiles } from './choose-model-files.ts';
import { folderFiles } from './folder-files.ts';
import { checkAddress, httpFile } from './http-file.ts';
import { hubFiles } from './hub-files.ts';
import type { SourceFile } from './source-file.ts';

export interface SourceOptions {
  /** Of a hub that speaks the same endpoints; the library's own when absent. */
  readonly hubUrl?: string;
  /** For models that want one. */
  readonly token?: string;
  /** Of a diffusers folder: `fp16` prefers `*.fp16.safetensors`. */
  readonly variant?: string;
  readonly signal?: AbortSignal;
}

/** A model's files, wherever they are. */
export interface SourceListing {
  /** A good name for the folder that they go into. */
  readonly id: string;
  readonly files: readonly SourceFile[];
}

const manifestName = 'stable-pose-model.json';

/** @throws model-not-found, download-failed, model-corrupt, invalid-input, file-not-found, cancelled */
export async function listSourceFiles(
  reference: ModelReference,
  options: SourceOptions = {},
): Promise<SourceListing> {
  switch (reference.from) {
    case 'hub': {
      const { repository, revision, files } = reference;
      if (!/^[a-z0-9][\w.-]*\/[a-z0-9][\w.-]*$/i.test(repository)) {
        throw new StablePoseError('invalid-input', `A repository is named owner/name, got ${repository}.`);
      }
      const all = await hubFiles(repository, revision, options);
      const chosen = chooseModelFiles(
        all.map(({ path }) => path),
        { patterns: files, variant: options.variant },
      );
      const at = revision && revision !== 'main' ? `@${revision}` : '';
      return {
        id: plainId(`${repository.replace('/', '--')}${at}`),
        files: all.filter(({ path }) => chosen.includes(path)),
      };
    }
    case 'url':
      return urlListing(reference.url, reference.sha256, options);
    case 'path':
      return pathListing(reference.path, options);
    case 'files':
      throw new StablePoseError('invalid-input', 'Files that were dropped on a page are for pages.', {
        remedy: 'Name their path.',
      });
    default:
      throw reference satisfies never;
  }
}

/** Letters, digits and what is harmless in a file's name. */
function plainId(text: string): string {
  const plain = text.replace(/[^\w.@-]+/g, '-').replace(/^[.-]+/, '');
  return plain.slice(0, 100) || 'model';
}

async function urlListing(
  address: string,
  sha256: string | undefined,
  options: SourceOptions,
): Promise<SourceListing> {
  const url = checkAddress(address);
  const name = decodeURIComponent(basename(url.pathname));
  if (name === manifestName || address.endsWith('/')) {
    const manifest = name === manifestName ? address : new URL(manifestName, address).href;
    return {
      id: plainId(basename(new URL('.', manifest).pathname) || url.hostname),
      files: await manifestFiles(manifest, options),
    };
  }
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256)) {
    throw new StablePoseError('invalid-input', `A SHA-256 is 64 hexadecimal digits, got ${sha256}.`);
  }
  const hash = sha256 === undefined ? {} : { hash: { kind: 'sha256' as const, hex: sha256 } };
  return {
    id: plainId(name.replace(/\.[^.]+$/, '')),
    files: [httpFile({ path: name || 'model', url: address, ...hash })],
  };
}

/** The manifest of a converted folder names the rest, with hashes. It comes last, since it makes the folder a model. */
async function manifestFiles(address: string, options: SourceOptions): Promise<readonly SourceFile[]> {
  const source = httpFile({ path: manifestName, url: address });
  const { content } = await source.open(0, { signal: options.signal });
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of content) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > 2 ** 24)
      throw new StablePoseError('model-corrupt', `${address} is too long to be a manifest.`);
  }
  return [
    ...manifestEntries(Buffer.concat(pieces).toString('utf8'), address).map((file) =>
      httpFile({
        path: file.path,
        url: new URL(file.path.split('/').map(encodeURIComponent).join('/'), address).href,
        bytes: file.bytes,
        hash: { kind: 'sha256', hex: file.sha256 },
      }),
    ),
    source,
  ];
}

interface ManifestEntry {
  readonly path: string;
  readonly bytes: number;
  readonly sha256: string;
}

function manifestEntries(text: string, where: string): readonly ManifestEntry[] {
  let files: unknown;
  try {
    files = (JSON.parse(text) as { files?: unknown }).files;
  } catch {
    files = undefined;
  }
  const isEntry = (value: unknown): value is ManifestEntry => {
    const { path, bytes, sha256 } = Object(value) as Partial<ManifestEntry>;
    return typeof path === 'string' && Number.isSafeInteger(bytes) && /^[0-9a-f]{64}$/.test(String(sha256));
  };
  if (Array.isArray(files) && files.every(isEntry)) return files;
  throw new StablePoseError(
    'model-corrupt',
    `${where} is no manifest: its files have no path, bytes and sha256.`,
  );
}

async function pathListing(path: string, options: SourceOptions): Promise<SourceListing> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw new StablePoseError('file-not-found', `There is no ${path}.`, { cause });
  });
  const id = plainId(basename(path).replace(stats.isDirectory() ? /$^/ : /\.[^.]+$/, ''));
  if (!stats.isDirectory()) return { id, files: await folderFiles(path, [basename(path)], true) };
  const all = await folderFiles(path);
  const chosen = chooseModelFiles(
    all.map((file) => file.path),
    { variant: options.variant },
  );
  const files = all.filter((file) => chosen.includes(file.path));
  if (!chosen.includes(manifestName)) return { id, files };
  const manifest = join(path, manifestName);
  const entries = manifestEntries(await readFile(manifest, 'utf8'), manifest);
  const known = files.map((file): SourceFile => {
    const entry = entries.find((one) => one.path === file.path);
    return entry ? { ...file, hash: { kind: 'sha256', hex: entry.sha256 } } : file;
  });
  // The manifest makes the folder a model, so it comes last.
  const isManifest = (file: SourceFile) => file.path === manifestName;
  return { id, files: [...known.filter((file) => !isManifest(file)), ...known.filter(isManifest)] };
}

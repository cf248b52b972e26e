import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import type { GivenFile } from '@stable-pose/models/web';
import type { GivenAdapter, GivenFiles, GivenModel } from './given-model.ts';

/** A file's content, or the address that it is fetched from when the engine starts; nothing of it is kept. */
export type FileOrUrl = GivenFile | string | URL;
export type FilesOrUrls = Readonly<Record<string, FileOrUrl>>;

/** {@link GivenModel} whose files may be addresses. */
export interface WebModel
  extends Omit<GivenModel, 'files' | 'adapters' | 'moreAdapters' | 'loras' | 'embeddings'> {
  readonly files: FilesOrUrls;
  readonly adapters?: Readonly<Record<string, Omit<GivenAdapter, 'files'> & { readonly files: FilesOrUrls }>>;
  readonly loras?: FilesOrUrls;
  readonly embeddings?: FilesOrUrls;
}

/** The model with everything here. @throws download-failed, model-not-found, cancelled */
export async function fetchModel(model: WebModel, signal?: AbortSignal): Promise<GivenModel> {
  const { files, adapters, loras, embeddings, ...rest } = model;
  const fetched: Record<string, GivenAdapter> = {};
  for (const [name, adapter] of Object.entries(adapters ?? {})) {
    fetched[name] = { ...adapter, files: await fetchFiles(adapter.files, signal) };
  }
  return {
    ...rest,
    files: await fetchFiles(files, signal),
    ...(adapters ? { adapters: fetched } : {}),
    ...(loras ? { loras: await fetchFiles(loras, signal) } : {}),
    ...(embeddings ? { embeddings: await fetchFiles(embeddings, signal) } : {}),
  };
}

async function fetchFiles(files: FilesOrUrls, signal: AbortSignal | undefined): Promise<GivenFiles> {
  const entries = Object.entries(files).map(
    async ([path, file]) => [path, await fetchGiven(file, signal)] as const,
  );
  return Object.fromEntries(await Promise.all(entries));
}

/** @throws download-failed, model-not-found, cancelled */
export async function fetchGiven(file: FileOrUrl, signal?: AbortSignal): Promise<GivenFile> {
  if (typeof file !== 'string' && !(file instanceof URL)) return file;
  let response: Response;
  try {
    response = await fetch(file, { signal });
    if (response.ok) return await response.blob();
  } catch (cause) {
    throwIfCancelled(signal);
    throw new StablePoseError('download-failed', `${file} cannot be fetched.`, {
      remedy: 'Check the address and the connection; a server of another origin must allow this page (CORS).',
      cause,
    });
  }
  throw new StablePoseError(
    response.status === 404 ? 'model-not-found' : 'download-failed',
    `The server answered ${response.status} to ${file}.`,
    { remedy: 'Check the address.', details: { status: response.status } },
  );
}

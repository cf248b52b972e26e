import { HubApiError, listFiles } from '@huggingface/hub';
import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { httpFile } from './http-file.ts';
import type { SourceOptions } from './list-source-files.ts';
import type { SourceFile } from './source-file.ts';

/**
 * All files of a repository, with what they hash to: SHA-256 of large ones, git's name of small ones.
 * @throws model-not-found, download-failed, cancelled
 */
export async function hubFiles(
  repository: string,
  revision: string | undefined,
  options: SourceOptions,
): Promise<readonly SourceFile[]> {
  const { hubUrl, token, signal } = options;
  const files: SourceFile[] = [];
  // The library keeps its own hub to itself; what it asks for tells which it is.
  let origin = hubUrl?.replace(/\/$/, '');
  const tracing: typeof fetch = (input, init) => {
    origin ??= new URL(input instanceof Request ? input.url : input).origin;
    return fetch(input, { ...init, signal });
  };
  try {
    const listing = listFiles({
      repo: { type: 'model', name: repository },
      recursive: true,
      fetch: tracing,
      ...(revision ? { revision } : {}),
      ...(hubUrl ? { hubUrl: origin } : {}),
      ...(token ? { accessToken: token } : {}),
    });
    for await (const { type, path, size, oid, lfs } of listing) {
      if (type !== 'file') continue;
      const hash = lfs
        ? { kind: 'sha256' as const, hex: lfs.oid.replace(/^sha256:/, '') }
        : oid
          ? { kind: 'git-blob' as const, hex: oid }
          : undefined;
      const at = path.split('/').map(encodeURIComponent).join('/');
      files.push(
        httpFile({
          path,
          url: `${origin}/${repository}/resolve/${encodeURIComponent(revision ?? 'main')}/${at}`,
          bytes: lfs?.size ?? size,
          ...(hash ? { hash } : {}),
          ...(token ? { token } : {}),
        }),
      );
    }
  } catch (error) {
    throwIfCancelled(signal);
    throw hubFailure(error, repository);
  }
  return files;
}

function hubFailure(error: unknown, repository: string): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const status = error instanceof HubApiError ? error.statusCode : undefined;
  if (status === 404) {
    return new StablePoseError(
      'model-not-found',
      `The hub has no model ${repository}, or not at this revision.`,
      {
        cause: error,
      },
    );
  }
  if (status === 401 || status === 403) {
    return new StablePoseError('download-failed', `The hub keeps ${repository} to those whom it knows.`, {
      remedy: 'Accept the licence of the model where it is published, make a token there, and set HF_TOKEN.',
      details: { status },
      cause: error,
    });
  }
  const { message, cause } = error as Error;
  const why = cause instanceof Error ? `${message} (${cause.message})` : message;
  return new StablePoseError('download-failed', `The hub could not be asked for ${repository}: ${why}.`, {
    remedy: 'Is this machine online? HF_ENDPOINT names another hub.',
    cause: error,
  });
}

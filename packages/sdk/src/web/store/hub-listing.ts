import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { chooseModelFiles } from '../../node/store/choose-model-files.ts';
import type { FileRecord } from './model-record.ts';

export interface HubRepository {
  /** `owner/name`. */
  readonly repository: string;
  readonly revision?: string;
  readonly files?: readonly string[];
}

/** What a hub's listing says of a file. */
interface HubEntry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

/** A listing comes in leaves of a thousand; more than this many are no model. */
const mostLeaves = 20;

/**
 * What a model needs of a repository on a hub: addresses, sizes, and the hashes of large files. Asked for by `fetch`: the
 * hub's own library needs Node.
 * @throws model-not-found, download-failed, cancelled
 */
export async function listHubFiles(
  { repository, revision = 'main', files: patterns }: HubRepository,
  hubUrl: string,
  signal: AbortSignal | undefined,
): Promise<FileRecord[]> {
  const hub = hubUrl.replace(/\/$/, '');
  const entries = new Map<string, HubEntry>();
  let next: string | undefined =
    `${hub}/api/models/${repository}/tree/${encodeURIComponent(revision)}?recursive=true`;
  for (let leaf = 0; next !== undefined && leaf < mostLeaves; leaf++) {
    const { list, following } = await fetchLeaf(next, repository, signal);
    for (const entry of list) if (entry.type === 'file') entries.set(entry.path, entry);
    next = following;
  }
  return chooseModelFiles([...entries.keys()], patterns ? { patterns } : {}).map((path) => {
    const { size, lfs } = entries.get(path)!;
    const at = path.split('/').map(encodeURIComponent).join('/');
    return {
      path,
      url: `${hub}/${repository}/resolve/${encodeURIComponent(revision)}/${at}`,
      bytes: lfs?.size ?? size,
      ...(lfs ? { sha256: lfs.oid.replace(/^sha256:/, '') } : {}),
      pieces: 0,
      have: 0,
      isComplete: false,
    };
  });
}

async function fetchLeaf(url: string, repository: string, signal: AbortSignal | undefined) {
  let response: Response;
  try {
    response = await fetch(url, { signal });
  } catch (cause) {
    throwIfCancelled(signal);
    throw new StablePoseError('download-failed', `The hub cannot be asked for ${repository}.`, {
      remedy: 'Is this device online?',
      cause,
    });
  }
  if (!response.ok) throw refused(response.status, repository);
  const list: unknown = await response.json().catch(() => undefined);
  if (!Array.isArray(list)) {
    throw new StablePoseError('download-failed', `The hub's listing of ${repository} is no list.`);
  }
  const following = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  return { list: list as readonly HubEntry[], following };
}

function refused(status: number, repository: string): StablePoseError {
  if (status === 404) {
    return new StablePoseError(
      'model-not-found',
      `The hub has no model ${repository}, or not this revision.`,
    );
  }
  if (status === 401 || status === 403) {
    return new StablePoseError('download-failed', `The hub keeps ${repository} to those whom it knows.`, {
      remedy: 'Download its files there, signed in, and drop them on the page.',
      details: { status },
    });
  }
  return new StablePoseError('download-failed', `The hub answered ${status} when asked for ${repository}.`, {
    remedy: 'Try again later.',
    details: { status },
  });
}

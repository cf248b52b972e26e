import { StablePoseError } from '@stable-pose/core';
import { isThisMachine } from '../../is-this-machine.ts';
import type { FileHash, OpenedSource, SourceFile } from './source-file.ts';

export interface HttpFileOptions {
  readonly path: string;
  readonly url: string;
  readonly bytes?: number;
  readonly hash?: FileHash;
  /** Sent to the address itself; not to where it redirects to, when that is another origin. */
  readonly token?: string;
  readonly fetch?: typeof fetch;
}

/** A file behind an https address (http on loopback only), from any byte on where the server can. */
export function httpFile(options: HttpFileOptions): SourceFile {
  const { path, url, bytes, hash, token } = options;
  checkAddress(url);
  return {
    path,
    ...(bytes === undefined ? {} : { bytes }),
    ...(hash === undefined ? {} : { hash }),
    open: async (from, { version, signal }): Promise<OpenedSource> => {
      const response = await (options.fetch ?? fetch)(url, {
        signal,
        headers: {
          // Compressed on the way, bytes could not be counted.
          'Accept-Encoding': 'identity',
          ...(token ? { Authorization: `Bearer ${token}` } : {}),
          ...(from > 0 ? { Range: `bytes=${from}-` } : {}),
          // A weak tag does not promise the same bytes, and If-Range refuses it.
          ...(from > 0 && version && !version.startsWith('W/') ? { 'If-Range': version } : {}),
        },
      });
      checkAddress(response.url || url);
      const tag = response.headers.get('etag') ?? response.headers.get('last-modified') ?? undefined;
      if (response.status === 416 && from > 0) {
        await response.body?.cancel();
        return { from, bytes: totalOf(response), version: tag, content: nothing() };
      }
      if (!response.ok) throw await refused(response, url);
      if (!response.body) throw new Error('The answer has no content.');
      const isPart = response.status === 206;
      const begins = isPart ? firstOf(response) : 0;
      if (isPart && begins !== from) {
        await response.body.cancel();
        throw new StablePoseError(
          'download-failed',
          `${url} was asked for byte ${from} and sent byte ${begins}.`,
        );
      }
      const length = Number(response.headers.get('content-length') ?? Number.NaN);
      const whole = isPart ? totalOf(response) : Number.isFinite(length) ? length : undefined;
      return { from: begins, bytes: whole, version: tag, content: response.body };
    },
  };
}

/** @throws invalid-input for anything but https, and http on this machine */
export function checkAddress(address: string): URL {
  let url: URL;
  try {
    url = new URL(address);
  } catch (cause) {
    throw new StablePoseError('invalid-input', `${address} is no address.`, { cause });
  }
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isThisMachine(url.hostname))) return url;
  throw new StablePoseError(
    'invalid-input',
    `Models are fetched over https only, got ${url.protocol}//${url.host}.`,
    {
      remedy: 'Use the https address.',
    },
  );
}

/** Of `bytes 10-99/100`. */
function firstOf(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1] ?? Number.NaN);
}

function totalOf(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** An answer that trying again may change. */
export class TemporaryRefusal extends Error {
  readonly retryAfterMs: number | undefined;

  constructor(message: string, retryAfterMs: number | undefined) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

async function refused(response: Response, url: string): Promise<Error> {
  const { status, statusText } = response;
  await response.body?.cancel();
  const said = `${url} answered ${status} ${statusText}`.trim();
  if (status === 408 || status === 429 || status >= 500) {
    const seconds = Number(response.headers.get('retry-after') ?? Number.NaN);
    return new TemporaryRefusal(said, Number.isFinite(seconds) ? seconds * 1000 : undefined);
  }
  if (status === 404 || status === 410) return new StablePoseError('model-not-found', `${said}.`);
  const remedy =
    status === 401 || status === 403
      ? 'It wants a token: accept the licence of the model where it is published, make a token there, and set HF_TOKEN.'
      : undefined;
  return new StablePoseError('download-failed', `${said}.`, { remedy, details: { status } });
}

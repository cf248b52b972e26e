import type { FetchedForVm } from './quickjs-main.ts';

/**
 * The main half's `fetch`: "the request is made by a browser", from no origin, and only to where the manifest lets it
 * (developers.figma.com, global-fetch and manifest). What is refused is a TypeError, and the console says why.
 */
export async function fetchAsManifestAllows(
  url: string,
  init: unknown,
  allowedDomains: readonly string[],
  log: (words: string) => void,
): Promise<FetchedForVm> {
  if (!isAllowed(url, allowedDomains)) {
    log(
      `Refused to connect to '${url}' because it violates the following Content Security Policy directive: "default-src data: ${allowedDomains.join(' ')}".`,
    );
    throw new TypeError('Failed to fetch');
  }
  const { method, headers, body } = (init ?? {}) as {
    readonly method?: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: unknown;
  };
  if (body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array))
    throw new TypeError('in fetch: Expected "body" to be a string or a Uint8Array');
  const answer = await fetch(url, {
    ...(method === undefined ? {} : { method }),
    ...(headers === undefined ? {} : { headers }),
    ...(body === undefined ? {} : { body: body as BodyInit }),
    credentials: 'omit',
  });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return {
    ok: answer.ok,
    status: answer.status,
    statusText: answer.statusText,
    url: answer.url,
    headers: Object.fromEntries(answer.headers),
    bytes,
    text: new TextDecoder().decode(bytes),
  };
}

/**
 * By the patterns of `networkAccess`: `none`, `*`, hosts, `*.host` for what lies below one, a scheme, a port, and a path, which
 * means all below it where it ends in a slash. Hosts without a scheme are reached over https.
 */
export function isAllowed(url: string, allowedDomains: readonly string[]): boolean {
  const { protocol, hostname, port, pathname } = new URL(url);
  return allowedDomains.some((pattern) => {
    if (pattern === '*') return true;
    if (pattern === 'none') return false;
    const parts = /^(?:([a-z]+):\/\/)?(\*\.)?([^/:]+|\[[^\]]+\])(?::(\d+))?(\/.*)?$/.exec(pattern);
    if (!parts) return false;
    const [, scheme = 'https', below, host, wantedPort = '', path = '/'] = parts;
    const isHost = below ? hostname.endsWith(`.${host}`) : hostname === host;
    const isPath = path.endsWith('/') ? pathname.startsWith(path) : pathname === path;
    return protocol === `${scheme}:` && isHost && port === wantedPort && isPath;
  });
}

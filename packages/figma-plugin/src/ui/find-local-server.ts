import { apiPath, serverPorts } from '@stable-pose/sdk/remote';

export interface LocalServerOptions {
  readonly token: string;
  readonly fetch?: typeof fetch;
}

/**
 * The server of this computer, seen from a page without an origin. Such a page may read nothing that needs no token, so the
 * server's health says nothing here: what answers with the token is ours. By name, because the manifest's domains know
 * `localhost`. Undefined when none answers, or none takes the token or such pages: the browser tells these apart to nobody.
 */
export async function findLocalServer({
  token,
  fetch: fetcher = globalThis.fetch,
}: LocalServerOptions): Promise<string | undefined> {
  for (const port of serverPorts) {
    const address = `http://localhost:${port}`;
    try {
      const response = await fetcher(`${address}${apiPath}/server`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(2000),
      });
      if (response.ok) return address;
    } catch {
      // Not there, or not ours: the next.
    }
  }
  return undefined;
}

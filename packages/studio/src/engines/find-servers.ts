import { healthPath, healthSchema, serverPorts } from '@stable-pose/sdk/remote';

export interface FoundServer {
  /** `http://127.0.0.1:17325`. */
  readonly url: string;
  /** Something listens there, and lets this page know no more: a server that does not name the page's origin, or a stranger. */
  readonly isShy: boolean;
}

export interface FindServersOptions {
  readonly ports?: readonly number[];
  readonly fetch?: typeof fetch;
  /** Of this page; `null` is that of a plug-in's frame. */
  readonly origin?: string;
}

const answerMs = 2000;

/**
 * Who listens at the known ports of this computer. A frame without an origin may read nothing without a token, and its
 * host's manifest knows `localhost` by name: there servers are shy, and the token tells them from strangers.
 */
export async function findServers(options: FindServersOptions = {}): Promise<readonly FoundServer[]> {
  const { ports = serverPorts, origin = globalThis.location?.origin ?? 'null' } = options;
  const fetcher = options.fetch ?? ((...given: Parameters<typeof fetch>) => globalThis.fetch(...given));
  const host = origin === 'null' ? 'localhost' : '127.0.0.1';
  const looks = ports.map(async (port): Promise<FoundServer | undefined> => {
    const url = `http://${host}:${port}`;
    try {
      const response = await fetcher(`${url}${healthPath}`, { signal: AbortSignal.timeout(answerMs) });
      return healthSchema.safeParse(await response.json()).success ? { url, isShy: false } : undefined;
    } catch {
      // Not there, not ours, or not for this page to read.
    }
    try {
      await fetcher(`${url}${healthPath}`, { mode: 'no-cors', signal: AbortSignal.timeout(answerMs) });
      return { url, isShy: true };
    } catch {
      return undefined;
    }
  });
  const found = await Promise.all(looks);
  return found.filter((server) => server !== undefined);
}

/** What people start so that this page may call it. */
export function serveCommand(origin = globalThis.location?.origin ?? 'null'): string {
  return `npx stable-pose serve --allow-origin ${origin}`;
}

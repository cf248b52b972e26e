import { healthPath, healthSchema, serverPorts } from './protocol.ts';

export interface FindServerOptions {
  /** `127.0.0.1` unless told. */
  readonly host?: string;
  /** {@link serverPorts} unless told. */
  readonly ports?: readonly number[];
  readonly fetch?: typeof fetch;
}

/** The address of the first server that answers at the known ports; undefined when none does. Needs no token. */
export async function findServer(options: FindServerOptions = {}): Promise<string | undefined> {
  const { host = '127.0.0.1', ports = serverPorts, fetch: fetcher = globalThis.fetch } = options;
  for (const port of ports) {
    const address = `http://${host}:${port}`;
    try {
      const response = await fetcher(`${address}${healthPath}`, { signal: AbortSignal.timeout(2000) });
      if (healthSchema.safeParse(await response.json()).success) return address;
    } catch {
      // Not there, or not ours: the next.
    }
  }
  return undefined;
}

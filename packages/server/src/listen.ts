import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { StablePoseError } from '@stable-pose/core';
import type { Hono } from 'hono';
import type { ServerLimits } from './server-limits.ts';

export interface ListenOptions {
  readonly address: string;
  /** The first that is free is taken; 0 is any. */
  readonly ports: readonly number[];
  readonly limits: Pick<ServerLimits, 'connections' | 'headSeconds' | 'requestSeconds'>;
}

/** How often Node looks for connections that send too slowly. */
const checkEveryMs = 1000;
/** A connection on which nothing moves is closed; event streams beat more often. */
const idleTimeoutMs = 120_000;

/** @throws device-unavailable when every port is taken or may not be used */
export async function listen(
  app: Hono,
  options: ListenOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const { limits } = options;
  const taken: number[] = [];
  for (const port of options.ports) {
    const server = createAdaptorServer({
      fetch: app.fetch,
      serverOptions: {
        headersTimeout: limits.headSeconds * 1000,
        requestTimeout: limits.requestSeconds * 1000,
        connectionsCheckingInterval: checkEveryMs,
        keepAliveTimeout: 5000,
      },
    }) as Server;
    server.maxConnections = limits.connections;
    server.setTimeout(idleTimeoutMs);
    try {
      await new Promise<void>((done, failed) => {
        server.once('error', failed);
        server.listen(port, options.address, () => done());
      });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'EADDRINUSE' || code === 'EACCES') {
        taken.push(port);
        continue;
      }
      throw cause;
    }
    const bound = server.address();
    return { server, port: typeof bound === 'object' && bound ? bound.port : port };
  }
  throw new StablePoseError('device-unavailable', `The ports ${taken.join(', ')} are all taken.`, {
    remedy: 'End what listens there, or choose another with --port.',
    details: { ports: taken },
  });
}

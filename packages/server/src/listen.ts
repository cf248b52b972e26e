import type { Server } from 'node:http';
import { createAdaptorServer } from '@hono/node-server';
import { StablePoseError } from '@stable-pose/core';
import type { Hono } from 'hono';

export interface ListenOptions {
  readonly address: string;
  /** The first that is free is taken; 0 is any. */
  readonly ports: readonly number[];
  readonly connections: number;
}

/** Header and body of a request must be there within so long: who sends slower is cut off. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 120_000;
/** A connection on which nothing moves is closed; event streams beat more often. */
const idleTimeoutMs = 120_000;

/** @throws device-unavailable when every port is taken or may not be used */
export async function listen(
  app: Hono,
  options: ListenOptions,
): Promise<{ readonly server: Server; readonly port: number }> {
  const taken: number[] = [];
  for (const port of options.ports) {
    const server = createAdaptorServer({ fetch: app.fetch }) as Server;
    server.headersTimeout = headersTimeoutMs;
    server.requestTimeout = requestTimeoutMs;
    server.keepAliveTimeout = 5000;
    server.maxConnections = options.connections;
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

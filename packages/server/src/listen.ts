import { createServer, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
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
    const server = createServer(
      {
        headersTimeout: limits.headSeconds * 1000,
        requestTimeout: limits.requestSeconds * 1000,
        connectionsCheckingInterval: checkEveryMs,
        keepAliveTimeout: 5000,
        // The guard says no to a request without a name, with a code.
        requireHostHeader: false,
      },
      getRequestListener(app.fetch, { hostname: 'unnamed.invalid', errorHandler: malformed }),
    );
    server.on('clientError', (error, socket) => refuse(error, socket as Socket));
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

/** What cannot be taken for a request at all: an address or a name of it that is none. */
function malformed(cause: unknown): Response {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const error = new StablePoseError('invalid-input', `The request is malformed: ${reason.slice(0, 100)}.`);
  return Response.json({ error: error.toJSON() }, { status: 400 });
}

/** Answers who sends no HTTP, or too slowly, as every other request is answered: with a code. */
function refuse({ code }: NodeJS.ErrnoException, socket: Socket): void {
  // Nobody listens any more, or an answer is on its way already (as Node itself looks).
  const { _httpMessage: answer } = socket as { _httpMessage?: { readonly headersSent: boolean } };
  if (code === 'ECONNRESET' || !socket.writable || answer?.headersSent) {
    socket.destroy();
    return;
  }
  const [status, error] = refusalOf(code);
  const body = JSON.stringify({ error: error.toJSON() });
  socket.end(
    `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `X-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n${body}`,
  );
}

function refusalOf(code: string | undefined): readonly [status: string, error: StablePoseError] {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    const error = new StablePoseError('timeout', 'The request was sent too slowly.', {
      remedy: 'Send it in one go; large pictures over slow networks want to be scaled down first.',
    });
    return ['408 Request Timeout', error];
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    const error = new StablePoseError('limit-exceeded', "The request's head is too long.");
    return ['431 Request Header Fields Too Large', error];
  }
  return ['400 Bad Request', new StablePoseError('invalid-input', 'This is no HTTP.')];
}

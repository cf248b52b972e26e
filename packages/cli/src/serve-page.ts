import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize, sep } from 'node:path';
import { StablePoseError } from '@stable-pose/core';

export interface PageServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ServePageOptions {
  /** Of the built page. */
  readonly page: string;
  /** Paths of what the page's engine fetches below `/models/`, by name; `/models/` itself answers the names. */
  readonly models: Readonly<Record<string, string>>;
  /** 0: one that is free. */
  readonly port: number;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

const modelsPath = '/models/';

const everyHeader = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Content-Type-Options': 'nosniff',
};

/**
 * Serves the studio's page on the loopback interface, files only, and nothing above their folders. The page is cross-origin
 * isolated, so that WASM has its threads.
 * @throws invalid-input when the port is taken
 */
export async function servePage({ page, models, port }: ServePageOptions): Promise<PageServer> {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname === modelsPath) {
      response
        .writeHead(200, { ...everyHeader, 'Content-Type': types['.json'] })
        .end(JSON.stringify(Object.keys(models)));
      return;
    }
    const path = fileOf(pathname, page, models);
    const found = path ? await stat(path).catch(() => undefined) : undefined;
    if (!path || !found?.isFile() || (request.method !== 'GET' && request.method !== 'HEAD')) {
      response.writeHead(found ? 405 : 404, { 'Content-Type': 'text/plain' }).end('Not found\n');
      return;
    }
    const tag = `"${found.size.toString(36)}-${Math.round(found.mtimeMs).toString(36)}"`;
    const headers = {
      ...everyHeader,
      'Content-Type': types[extname(path)] ?? 'application/octet-stream',
      'Content-Length': found.size,
      ETag: tag,
      'Cache-Control': /\/assets\//.test(pathname) ? 'max-age=31536000, immutable' : 'no-cache',
    };
    if (request.headers['if-none-match'] === tag) response.writeHead(304, headers).end();
    else if (request.method === 'HEAD') response.writeHead(200, headers).end();
    else {
      response.writeHead(200, headers);
      createReadStream(path)
        .on('error', () => response.destroy())
        .pipe(response);
    }
  });
  await listen(server, port);
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}/`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function fileOf(pathname: string, page: string, models: ServePageOptions['models']): string | undefined {
  let asked: string;
  try {
    asked = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (asked.startsWith(modelsPath)) {
    const name = asked.slice(modelsPath.length);
    return Object.hasOwn(models, name) ? models[name] : undefined;
  }
  const path = normalize(join(page, asked.endsWith('/') ? `${asked}index.html` : asked));
  return path.startsWith(normalize(page) + sep) && !asked.includes('\0') ? path : undefined;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const isTaken = cause.code === 'EADDRINUSE';
      const message = isTaken ? `Port ${port} is taken.` : `Port ${port} cannot be opened: ${cause.message}.`;
      reject(new StablePoseError('invalid-input', message, { remedy: 'Choose another with --port.', cause }));
    });
    server.listen(port, '127.0.0.1', resolve);
  });
}

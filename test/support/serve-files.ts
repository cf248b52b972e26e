import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname } from 'node:path';

/** A file's bytes, or the path of the file on disk. */
export type ServedFile = Uint8Array | string | { readonly text: string; readonly type?: string };

export interface FileServer {
  readonly url: string;
  /** Every request, oldest first. */
  readonly requests: { readonly path: string; readonly range?: string; readonly status: number }[];
  /** Puts a file in place, or another one. */
  put(path: string, file: ServedFile): void;
  /** The next answer for this path breaks off after so many bytes. */
  breakNext(path: string, afterBytes: number): void;
  close(): Promise<void>;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.ts': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

export interface ServeOptions {
  /** Cross-origin isolation, without which a page has no shared memory and so no threads. */
  readonly isolated?: boolean;
  /** Answer every range with the whole file. */
  readonly withoutRanges?: boolean;
}

/** A static server on the loopback interface, with ranges, entity tags and breaks. */
export async function serveFiles(
  files: Readonly<Record<string, ServedFile>>,
  options: ServeOptions = {},
): Promise<FileServer> {
  const served = new Map(Object.entries(files));
  const breaks = new Map<string, number>();
  const requests: FileServer['requests'] = [];
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const file = served.get(path);
    const bytes = file === undefined ? undefined : bytesOf(file);
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
    if (options.isolated) {
      response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
      response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    }
    if (!bytes) {
      requests.push({ path, status: 404 });
      response.writeHead(404).end();
      return;
    }
    const { range } = request.headers;
    const start = options.withoutRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    const isPart = range !== undefined && !options.withoutRanges;
    const status = isPart ? (start >= bytes.length ? 416 : 206) : 200;
    requests.push({ path, ...(range ? { range } : {}), status });
    const ownType = typeof file === 'object' && 'text' in file ? file.type : undefined;
    const headers: Record<string, string> = {
      'Content-Type': ownType ?? types[extname(path)] ?? 'application/octet-stream',
      ETag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 16)}"`,
      'Accept-Ranges': 'bytes',
      'Cache-Control': 'no-store',
    };
    if (status === 416) {
      response.writeHead(416, { 'Content-Range': `bytes */${bytes.length}` }).end();
      return;
    }
    const rest = bytes.subarray(start);
    headers['Content-Length'] = String(rest.length);
    if (isPart) headers['Content-Range'] = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
    response.writeHead(status, headers);
    const cut = breaks.get(path);
    if (cut === undefined) {
      response.end(rest);
      return;
    }
    breaks.delete(path);
    response.write(rest.subarray(0, cut), () => setTimeout(() => response.destroy(), 50));
  };
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    put: (path, file) => served.set(path, file),
    breakNext: (path, afterBytes) => breaks.set(path, afterBytes),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function bytesOf(file: ServedFile): Uint8Array | undefined {
  if (typeof file === 'string') return existsSync(file) ? readFileSync(file) : undefined;
  return file instanceof Uint8Array ? file : new TextEncoder().encode(file.text);
}

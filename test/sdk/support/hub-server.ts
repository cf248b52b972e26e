import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the server does wrong, once for each entry, in their order. */
export type Fault =
  /** The connection breaks after so many bytes of an answer. */
  | { readonly kind: 'break'; readonly after: number }
  /** Nothing more comes after so many bytes, and nothing ends either. */
  | { readonly kind: 'stall'; readonly after: number }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: number }
  /** Sends everything, whatever part was asked for. */
  | { readonly kind: 'ignore-range' }
  | { readonly kind: 'wrong-bytes' };

export interface HubServer {
  readonly url: string;
  /** By path in the repository owner/model. */
  readonly files: Map<string, Buffer>;
  readonly faults: Fault[];
  /** Sizes that the listing tells in place of the true ones. */
  readonly announced: Map<string, number>;
  /** `GET /path Range` of file downloads. */
  readonly requests: string[];
  /** When set, everything wants it. */
  token?: string;
  close(): Promise<void>;
}

const pageLength = 2;

/**
 * A hub: lists the files of one repository page by page and sends them, large ones by a redirect to another path, with ranges
 * and ETags; and breaks on request.
 */
export async function startHub(files: Record<string, Buffer>): Promise<HubServer> {
  const sockets = new Set<{ destroy(): void }>();
  const server = createServer((request, response) => answer(request, response));
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const hub: HubServer = {
    url,
    files: new Map(Object.entries(files)),
    faults: [],
    announced: new Map(),
    requests: [],
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };

  function answer(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams } = new URL(request.url ?? '/', url);
    if (hub.token && request.headers.authorization !== `Bearer ${hub.token}`) {
      json(response, 401, { error: 'Invalid credentials' });
      return;
    }
    const listing = /^\/api\/models\/owner\/model\/tree\/([^/]+)$/.exec(pathname);
    if (listing) {
      if (listing[1] !== 'main' && listing[1] !== 'v1') json(response, 404, { error: 'Revision not found' });
      else list(response, Number(searchParams.get('cursor') ?? 0));
      return;
    }
    const resolved = /^\/owner\/model\/resolve\/(?:main|v1)\/(.+)$/.exec(pathname);
    const path = decodeURIComponent(resolved?.[1] ?? pathname.replace(/^\/(cdn|plain)\//, ''));
    const content = hub.files.get(path);
    if (!content) {
      json(response, 404, { error: 'Not found' });
    } else if (resolved && isLarge(content)) {
      response.writeHead(302, { location: `/cdn/${path}` }).end();
    } else {
      send(request, response, path, content);
    }
  }

  function list(response: ServerResponse, from: number): void {
    const all = [...hub.files].map(([path, content]) => ({
      type: 'file',
      path,
      size: hub.announced.get(path) ?? content.length,
      oid: gitBlob(content),
      ...(isLarge(content)
        ? { lfs: { oid: sha256(content), size: hub.announced.get(path) ?? content.length, pointerSize: 130 } }
        : {}),
    }));
    const next = from + pageLength;
    const more = next < all.length;
    const link = `<${url}/api/models/owner/model/tree/main?recursive=true&cursor=${next}>; rel="next"`;
    json(response, 200, all.slice(from, next), more ? { link } : {});
  }

  function send(request: IncomingMessage, response: ServerResponse, path: string, content: Buffer): void {
    const fault = hub.faults.shift();
    const etag = `"${sha256(content).slice(0, 16)}"`;
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '');
    hub.requests.push(`${path} ${request.headers.range ?? ''}`.trim());
    if (fault?.kind === 'status') {
      const headers = fault.retryAfter === undefined ? {} : { 'retry-after': String(fault.retryAfter) };
      response.writeHead(fault.status, headers).end();
      return;
    }
    const sameAsBefore = request.headers['if-range'] === undefined || request.headers['if-range'] === etag;
    const isPart = range !== null && sameAsBefore && fault?.kind !== 'ignore-range';
    const begin = isPart ? Number(range[1]) : 0;
    if (isPart && begin >= content.length) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end();
      return;
    }
    const part = Buffer.from(content.subarray(begin));
    if (fault?.kind === 'wrong-bytes') part[part.length - 1] ^= 1;
    response.writeHead(isPart ? 206 : 200, {
      etag,
      'content-length': part.length,
      ...(isPart ? { 'content-range': `bytes ${begin}-${content.length - 1}/${content.length}` } : {}),
    });
    if (fault?.kind === 'break' || fault?.kind === 'stall') {
      response.write(part.subarray(0, fault.after), () => {
        // Ended, not reset: what was sent before arrives.
        if (fault.kind === 'break') response.socket?.end();
      });
      return;
    }
    response.end(part);
  }
  return hub;
}

const isLarge = (content: Buffer) => content.length > 1000;

function json(response: ServerResponse, status: number, body: unknown, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

export function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

function gitBlob(content: Buffer): string {
  return createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
}

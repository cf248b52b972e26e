import { createHash, timingSafeEqual } from 'node:crypto';
import { StablePoseError } from '@stable-pose/core';
import { healthPath } from '@stable-pose/sdk/remote';
import type { MiddlewareHandler } from 'hono';
import type { Metrics } from '../metrics.ts';

export interface GuardOptions {
  readonly token: string;
  /** Names under which the server may be called, without port, in lower case. */
  readonly hosts: ReadonlySet<string>;
  /** Origins of pages that may call it; the server's own need not be there. `null` is one: that of a plug-in's frame. */
  readonly origins: ReadonlySet<string>;
  readonly metrics: Metrics;
}

/**
 * Who may come in, in the order in which it costs least to say no:
 * the name under which the server was called (a page that lets its own name point here has another one), the page that
 * calls, the token. Only {@link healthPath} needs no token; it says that
 * this is a server and which protocols it speaks, and nothing of what it has or does.
 */
export function guard(options: GuardOptions): MiddlewareHandler {
  const { hosts, origins, metrics } = options;
  const expected = digest(options.token);
  const refuse = (reason: string, error: StablePoseError) => {
    metrics.refused.inc({ reason });
    return error;
  };
  return async (c, next) => {
    const host = c.req.header('host') ?? '';
    if (!hosts.has(hostName(host))) {
      throw refuse(
        'host',
        new StablePoseError(
          'forbidden',
          `The server does not answer under the name ${JSON.stringify(host.slice(0, 80))}.`,
          {
            remedy: 'Call it as 127.0.0.1 or localhost, or start it with --host-name and this name.',
            details: { reason: 'host' },
          },
        ),
      );
    }
    const origin = c.req.header('origin');
    if (origin !== undefined) {
      c.header('Vary', 'Origin');
      const isOwn = origin.toLowerCase() === `http://${host.toLowerCase()}`;
      if (!isOwn && !origins.has(origin.toLowerCase())) {
        throw refuse(
          'origin',
          new StablePoseError(
            'forbidden',
            `The server takes no requests from pages of ${JSON.stringify(origin.slice(0, 80))}.`,
            {
              remedy: 'Start it with --allow-origin and this origin.',
              details: { reason: 'origin' },
            },
          ),
        );
      }
      // Pages without an origin too, so that a plug-in's frame finds the server: health gives nothing away, and all else
      // wants the token.
      c.header('Access-Control-Allow-Origin', origin);
      c.header('Access-Control-Expose-Headers', 'Stable-Pose-Protocol, Retry-After, Location, X-Request-Id');
      if (c.req.method === 'OPTIONS') {
        c.header('Access-Control-Allow-Methods', 'GET, POST, DELETE');
        c.header('Access-Control-Allow-Headers', c.req.header('access-control-request-headers') ?? '');
        c.header('Access-Control-Allow-Private-Network', 'true');
        c.header('Access-Control-Max-Age', '600');
        return c.body(null, 204);
      }
    }
    if (
      c.req.path !== healthPath &&
      !timingSafeEqual(digest(tokenOf(c.req.header('authorization'))), expected)
    ) {
      throw refuse(
        'token',
        new StablePoseError(
          'unauthorized',
          'The server wants its token with every request, and got none or another one.',
          {
            remedy:
              'Give the token that it showed at its first start; stable-pose serve --new-token makes a new one.',
          },
        ),
      );
    }
    return next();
  };
}

/** The name of a Host header: no port, no brackets' loss, lower case. Empty when it is malformed. */
export function hostName(host: string): string {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:\d{1,5})?$/i.exec(host);
  return match ? match[1].toLowerCase() : '';
}

/** Of `Bearer TOKEN`, or of `Basic` with any name and the token as password, as older programs send it. */
function tokenOf(header: string | undefined): string {
  const [scheme, value = ''] = (header ?? '').split(/ +/, 2);
  if (/^bearer$/i.test(scheme)) return value;
  if (!/^basic$/i.test(scheme)) return '';
  const [, ...password] = Buffer.from(value, 'base64').toString('utf8').split(':');
  return password.join(':');
}

/** Of equal length for any text, so that comparing takes equally long. */
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

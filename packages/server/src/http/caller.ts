import { createHash } from 'node:crypto';
import { getConnInfo } from '@hono/node-server/conninfo';
import { StablePoseError } from '@stable-pose/core';
import { clientHeader, idempotencyHeader } from '@stable-pose/sdk/remote';
import type { Context } from 'hono';

/** Who asks: the client's own name for itself, else its address. */
export function clientOf(c: Context): string {
  const name = c.req.header(clientHeader);
  if (name !== undefined && /^[\w.:-]{1,64}$/.test(name)) return name;
  return `address ${getConnInfo(c).remote.address ?? 'unknown'}`;
}

/** @throws invalid-input */
export function keyOf(c: Context): { readonly key?: string } {
  const key = c.req.header(idempotencyHeader);
  if (key === undefined) return {};
  if (!/^[\x21-\x7e]{1,200}$/.test(key)) {
    throw new StablePoseError('invalid-input', 'An idempotency key has 1 to 200 visible ASCII characters.');
  }
  return { key };
}

/** For APIs where a seed may be left out: another each time, but the same for a request that comes again under its key. */
export function unstatedSeed(c: Context): number {
  const { key } = keyOf(c);
  if (key === undefined) return Math.floor(Math.random() * 2 ** 32);
  return createHash('sha256').update(key).digest().readUInt32BE(0);
}

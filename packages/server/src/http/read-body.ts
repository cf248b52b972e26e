import { StablePoseError } from '@stable-pose/core';
import type { Context } from 'hono';
import type { z } from 'zod';

/** A JSON body of any form. @throws invalid-input when it is none, or is not said to be */
export async function readJson(c: Context): Promise<unknown> {
  const type = c.req.header('content-type') ?? '';
  if (!/^application\/json\b/i.test(type)) {
    throw new StablePoseError(
      'invalid-input',
      `The body must be application/json, got ${JSON.stringify(type.slice(0, 60))}.`,
      {
        remedy: 'Set the header Content-Type.',
      },
    );
  }
  try {
    return (await c.req.json()) as unknown;
  } catch (cause) {
    if (StablePoseError.is(cause)) throw cause;
    throw new StablePoseError('invalid-input', 'The body is no JSON.', { cause });
  }
}

/** A JSON body of a schema. @throws invalid-input, naming the first field that is wrong */
export async function readBody<S extends z.ZodType>(c: Context, schema: S): Promise<z.output<S>> {
  return parsed(schema, await readJson(c));
}

/** @throws invalid-input */
export function parsed<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue.path.join('.') || 'the body';
  throw new StablePoseError('invalid-input', `${field}: ${issue.message}.`, {
    remedy: 'The API is described at /api/v1/openapi.json.',
    details: { field },
  });
}

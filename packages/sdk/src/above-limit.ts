import { StablePoseError } from '@stable-pose/core';

/** What a host or an engine says of a value above one of its limits: a `limit-exceeded` with `details` value and limit. */
export function aboveLimit(what: string, value: number, limit: number, unit = 'pixels'): StablePoseError {
  return new StablePoseError('limit-exceeded', `${what} has at most ${limit} ${unit} here, got ${value}.`, {
    details: { value, limit },
  });
}

import { type ErrorCode, StablePoseError } from '@stable-pose/core';

/** HTTP's word for a code. */
const statuses: Partial<Record<ErrorCode, number>> = {
  'invalid-input': 400,
  'invalid-request': 400,
  'invalid-pose': 400,
  'invalid-image': 400,
  'limit-exceeded': 413,
  'protocol-mismatch': 400,
  unauthorized: 401,
  forbidden: 403,
  'job-not-found': 404,
  'file-not-found': 404,
  'model-not-found': 404,
  'idempotency-conflict': 409,
  cancelled: 409,
  'server-busy': 429,
  'not-supported': 501,
  'out-of-memory': 503,
  'device-lost': 503,
  'engine-closed': 503,
  timeout: 504,
  'disk-full': 507,
};

export interface Failure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly error: StablePoseError;
}

/** An error as an answer. What is our own fault says no more than that: the log has the rest. */
export function failureOf(thrown: unknown): Failure {
  const known = StablePoseError.from(thrown);
  const status = statuses[known.code] ?? 500;
  const error =
    known.code === 'internal' && !(thrown instanceof StablePoseError)
      ? new StablePoseError('internal', 'Something went wrong in the server that should not.', {
          remedy: 'Its log says more.',
        })
      : known;
  const { retryAfterSeconds } = known.details;
  return {
    status,
    headers: {
      ...(status === 401 ? { 'WWW-Authenticate': 'Bearer realm="stable-pose"' } : {}),
      ...(typeof retryAfterSeconds === 'number' ? { 'Retry-After': String(retryAfterSeconds) } : {}),
    },
    error,
  };
}

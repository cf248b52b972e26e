import type { EngineLimits } from '@stable-pose/sdk';

/** What a server takes on. Every request beyond is refused with a code, before any work. */
export interface ServerLimits extends Required<EngineLimits> {
  /** Of a request's body. */
  readonly bodyBytes: number;
  /** Width x height of a picture in a request. */
  readonly inputPixels: number;
  /** A job that takes longer is ended with `timeout`. */
  readonly jobSeconds: number;
  /** Jobs that wait, of all clients and of one. */
  readonly waiting: number;
  readonly waitingPerClient: number;
  /** Jobs that are kept when they are done; the oldest go first. */
  readonly keptJobs: number;
  /** Connections at a time. */
  readonly connections: number;
  /** Who has not sent the head, or the whole, of a request after so long is cut off. */
  readonly headSeconds: number;
  readonly requestSeconds: number;
}

export const defaultLimits: ServerLimits = {
  pixels: 2048 * 2048,
  count: 16,
  steps: 200,
  bodyBytes: 64 * 1024 * 1024,
  inputPixels: 8192 * 8192,
  jobSeconds: 3600,
  waiting: 256,
  waitingPerClient: 64,
  keptJobs: 2000,
  connections: 512,
  headSeconds: 10,
  requestSeconds: 120,
};

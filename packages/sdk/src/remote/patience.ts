import { StablePoseError } from '@stable-pose/core';

/** Reasons that pass: a server that restarts refuses, breaks off, and comes back. */
const passing: ReadonlySet<unknown> = new Set(['refused', 'broken-off', 'refused-or-not-found', 'unknown']);

const shortestPauseMs = 200;
const longestPauseMs = 5000;

/** How long a server's absence is endured, and with which pauses it is tried again. */
export class Patience {
  private readonly ms: number;
  private since: number | undefined;
  private pauseMs = shortestPauseMs;

  constructor(ms: number) {
    this.ms = ms;
  }

  /** Something arrived. */
  renew(): void {
    this.since = undefined;
    this.pauseMs = shortestPauseMs;
  }

  /** Whether it is worth trying again after this error. */
  endures(error: StablePoseError): boolean {
    const isPassing =
      error.code === 'timeout' || (error.code === 'server-unreachable' && passing.has(error.details.reason));
    if (!isPassing) return false;
    const { waitedMs } = error.details;
    // A silence has lasted for a while when it is noticed.
    this.since ??= Date.now() - (typeof waitedMs === 'number' ? waitedMs : 0);
    return Date.now() - this.since < this.ms;
  }

  /** Before the next try: longer each time, and not all clients at once. @throws cancelled */
  async pause(signal: AbortSignal): Promise<void> {
    const ms = this.pauseMs * (0.5 + Math.random() / 2);
    this.pauseMs = Math.min(longestPauseMs, this.pauseMs * 2);
    await sleep(ms, signal);
  }
}

/** @throws cancelled */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(new StablePoseError('cancelled', 'The call was cancelled.'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

import { StablePoseError, throwIfCancelled } from '@stable-pose/core';
import { linkedAbort } from './linked-abort.ts';

export interface TurnOptions {
  readonly signal?: AbortSignal;
  /** Called at once when others come first. */
  readonly onWait?: (ahead: number) => void;
}

/** What an engine says once it was disposed. */
export function engineClosed(): StablePoseError {
  return new StablePoseError('engine-closed', 'The engine was disposed and then used.', {
    remedy: 'Make a new one.',
  });
}

/**
 * Work that shares a device: one after the other, in the order it came. Work that waits can be cancelled, and gives its
 * place up at once; closing cancels everything.
 */
export class TurnQueue {
  /** How to end each that is in line. One signal for all would gather a listener a call, of which Node warns. */
  private readonly ends = new Set<() => void>();
  private closed = false;
  private last: Promise<unknown> = Promise.resolve();
  private inLine = 0;

  get isClosed(): boolean {
    return this.closed;
  }

  /** @throws engine-closed */
  checkOpen(): void {
    if (this.isClosed) throw engineClosed();
  }

  /** @throws engine-closed, cancelled, and what the work throws */
  async run<T>(work: (signal: AbortSignal) => Promise<T>, options: TurnOptions = {}): Promise<T> {
    this.checkOpen();
    const linked = linkedAbort(options.signal);
    const { signal } = linked;
    throwIfCancelled(signal);
    if (this.inLine > 0) options.onWait?.(this.inLine);
    this.inLine++;
    const end = () => linked.abort();
    this.ends.add(end);
    let hasBegun = false;
    const turn = this.last.then(() => {
      throwIfCancelled(signal);
      hasBegun = true;
      return work(signal);
    });
    this.last = turn.catch(() => {});
    try {
      return await new Promise<T>((resolve, reject) => {
        turn.then(resolve, reject);
        // Work that has begun ends by itself, so that what it holds is free when its rejection arrives.
        signal.addEventListener('abort', () => {
          if (!hasBegun)
            reject(new StablePoseError('cancelled', 'The work was cancelled.', { cause: signal.reason }));
        });
      });
    } finally {
      this.inLine--;
      this.ends.delete(end);
      linked.unlink();
    }
  }

  /** Cancels what is in line and waits until it has ended. Any number of times. */
  async close(): Promise<void> {
    this.closed = true;
    for (const end of this.ends) end();
    await this.last;
  }
}

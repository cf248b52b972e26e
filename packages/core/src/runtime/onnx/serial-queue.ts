import { StablePoseError, throwIfCancelled } from '../../errors.ts';

/**
 * Does one piece of work at a time, in the order of asking. Every call into onnxruntime goes through one: two overlapping
 * runs on its WebGPU builds spin for ever (onnxruntime 1.30).
 */
export class SerialQueue {
  private last: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  /** Pieces of work that are under way or wait. */
  get size(): number {
    return this.waiting;
  }

  /**
   * Rejects with `cancelled` as soon as the signal is aborted. Work that has begun goes on to its end all the same, and
   * what waits behind it still waits for it.
   */
  add<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.waiting += 1;
    const result = this.last
      .then(() => {
        throwIfCancelled(signal);
        return work();
      })
      .finally(() => {
        this.waiting -= 1;
      });
    this.last = result.catch(() => {});
    return signal ? orCancelled(result, signal) : result;
  }
}

function orCancelled<T>(result: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () =>
      reject(new StablePoseError('cancelled', 'The work was cancelled.', { cause: signal.reason }));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

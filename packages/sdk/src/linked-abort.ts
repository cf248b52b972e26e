/**
 * A signal that follows others and can be aborted by itself. `AbortSignal.any` in words that every host's engine knows.
 * `unlink` lets go of the others.
 */
export function linkedAbort(...signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
  unlink(): void;
} {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  for (const signal of signals) {
    if (!signal) continue;
    const follow = () => controller.abort(signal.reason);
    if (signal.aborted) follow();
    else {
      signal.addEventListener('abort', follow, { once: true });
      undo.push(() => signal.removeEventListener('abort', follow));
    }
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => {
      for (const stop of undo.splice(0)) stop();
    },
  };
}

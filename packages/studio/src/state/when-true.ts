import { effect } from '@preact/signals';

/** Resolves once a condition over signals holds. */
export function whenTrue(isSo: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    let end: (() => void) | undefined;
    let isDone = false;
    end = effect(() => {
      if (isDone || !isSo()) return;
      isDone = true;
      resolve();
      end?.();
    });
    if (isDone) end();
  });
}

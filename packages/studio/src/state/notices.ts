import { signal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';

export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly error?: StablePoseError;
  /** Asks for the same once more. */
  readonly again?: () => void;
}

/** Things that people should know, until they put them away. */
export class Notices {
  readonly list = signal<readonly Notice[]>([]);
  private nextId = 1;

  say(text: string, kind: Notice['kind'] = 'info'): void {
    this.add({ text, kind });
  }

  /** Cancelling is no error. @param again offered beside it */
  report(error: unknown, again?: () => void): void {
    const known = StablePoseError.from(error);
    if (known.code === 'cancelled') return;
    this.add({ kind: 'error', text: known.message, error: known, ...(again ? { again } : {}) });
  }

  private add(notice: Omit<Notice, 'id'>): void {
    // The same twice is said once, and asked for again together.
    const before = this.list.peek().find(({ text }) => text === notice.text);
    const others = this.list.peek().filter((one) => one !== before);
    const asks = [before?.again, notice.again].filter((ask) => ask !== undefined);
    const askAll = () => {
      for (const ask of asks) ask();
    };
    const again = asks.length > 0 ? { again: askAll } : {};
    this.list.value = [...others, { ...notice, ...again, id: this.nextId++ }].slice(-4);
  }

  dismiss(id: number): void {
    this.list.value = this.list.peek().filter((notice) => notice.id !== id);
  }
}

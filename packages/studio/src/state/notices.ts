import { signal } from '@preact/signals';
import { StablePoseError } from '@stable-pose/core';

export interface Notice {
  readonly id: number;
  readonly kind: 'info' | 'warning' | 'error';
  readonly text: string;
  readonly error?: StablePoseError;
}

/** Things that people should know, until they put them away. */
export class Notices {
  readonly list = signal<readonly Notice[]>([]);
  private nextId = 1;

  say(text: string, kind: Notice['kind'] = 'info'): void {
    this.add({ text, kind });
  }

  /** Cancelling is no error. */
  report(error: unknown): void {
    const known = StablePoseError.from(error);
    if (known.code === 'cancelled') return;
    this.add({ kind: 'error', text: known.message, error: known });
  }

  private add(notice: Omit<Notice, 'id'>): void {
    // The same twice is said once.
    const others = this.list.peek().filter(({ text }) => text !== notice.text);
    this.list.value = [...others, { ...notice, id: this.nextId++ }].slice(-4);
  }

  dismiss(id: number): void {
    this.list.value = this.list.peek().filter((notice) => notice.id !== id);
  }
}

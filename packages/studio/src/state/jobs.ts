import { signal } from '@preact/signals';
import { encodePng, throwIfCancelled } from '@stable-pose/core';
import type { AreaPlan, EngineProgress } from '@stable-pose/sdk';
import { pictureUrl } from '../files/picture-url.ts';

/** A request on its way. */
export interface Job {
  readonly id: number;
  /** For people: its prompt. */
  readonly title: string;
  readonly state: 'waiting' | 'working';
  readonly progress?: EngineProgress;
  /** Of the last preview; revoked when the next one comes. */
  readonly previewUrl?: string;
  /** What of the preview lies where, once that is known. */
  readonly area?: AreaPlan;
}

/** How a request's work is stopped, and what it tells. */
export interface JobRun {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: EngineProgress) => void;
  readonly onArea: (area: AreaPlan) => void;
}

interface Entry {
  readonly id: number;
  readonly title: string;
  readonly controller: AbortController;
  readonly work: (run: JobRun) => Promise<unknown>;
}

/** Works through requests one after the other, each cancellable. */
export class Jobs {
  readonly list = signal<readonly Job[]>([]);
  private readonly entries: Entry[] = [];
  private readonly onFailure: (error: unknown) => void;
  private isRunning = false;
  private nextId = 1;

  constructor(onFailure: (error: unknown) => void) {
    this.onFailure = onFailure;
  }

  add(title: string, work: Entry['work']): void {
    const id = this.nextId++;
    this.entries.push({ id, title, controller: new AbortController(), work });
    this.list.value = [...this.list.peek(), { id, title, state: 'waiting' }];
    void this.run();
  }

  cancel(id: number): void {
    this.entries.find((entry) => entry.id === id)?.controller.abort();
    const isWaiting = this.list.peek().some((job) => job.id === id && job.state === 'waiting');
    if (isWaiting) this.end(id);
  }

  cancelAll(): void {
    for (const { id } of [...this.entries].reverse()) this.cancel(id);
  }

  private async run(): Promise<void> {
    if (this.isRunning) return;
    this.isRunning = true;
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      const { id, work, controller } = entry;
      this.change(id, { state: 'working' });
      try {
        throwIfCancelled(controller.signal);
        await work({
          signal: controller.signal,
          onProgress: (progress) => this.show(id, progress),
          onArea: (area) => this.change(id, { area }),
        });
      } catch (error) {
        this.onFailure(error);
      }
      this.end(id);
    }
    this.isRunning = false;
  }

  private show(id: number, progress: EngineProgress): void {
    const preview = 'preview' in progress ? progress.preview : undefined;
    if (!preview) {
      this.change(id, { progress });
      return;
    }
    const old = this.list.peek().find((job) => job.id === id)?.previewUrl;
    this.change(id, { progress, previewUrl: pictureUrl(encodePng(preview)) });
    // Not before the picture on screen was changed.
    if (old) setTimeout(() => URL.revokeObjectURL(old), 1000);
  }

  private change(id: number, change: Partial<Job>): void {
    this.list.value = this.list.peek().map((job) => (job.id === id ? { ...job, ...change } : job));
  }

  private end(id: number): void {
    const index = this.entries.findIndex((entry) => entry.id === id);
    if (index >= 0) this.entries.splice(index, 1);
    const url = this.list.peek().find((job) => job.id === id)?.previewUrl;
    if (url) setTimeout(() => URL.revokeObjectURL(url), 1000);
    this.list.value = this.list.peek().filter((job) => job.id !== id);
  }
}

import { randomBytes } from 'node:crypto';
import type { WireProgress } from '@stable-pose/sdk/remote';

export interface JobEvent {
  readonly sequence: number;
  readonly progress: WireProgress;
}

interface Log {
  readonly events: JobEvent[];
  next: number;
  readonly listeners: Set<() => void>;
}

/** So many events of a job are kept for clients that come back; the older ones say nothing that a later one does not. */
const keptEvents = 256;
/** Only so many of them keep their preview. */
const keptPreviews = 4;

/**
 * What happens to jobs, for those who listen: progress in numbered order, and a call when something changed. Readers pull at
 * their own pace by the last number they saw, so a slow one costs no memory.
 */
export class JobEvents {
  /** Numbers of one process mean nothing to the next. */
  readonly epoch = randomBytes(4).toString('hex');
  private readonly logs = new Map<string, Log>();

  add(id: string, progress: WireProgress): void {
    const log = this.logOf(id);
    log.events.push({ sequence: log.next++, progress });
    if (log.events.length > keptEvents) log.events.shift();
    const old = log.events.at(-1 - keptPreviews);
    if (old && 'preview' in old.progress) {
      const { preview: _, ...rest } = old.progress;
      log.events[log.events.length - 1 - keptPreviews] = { sequence: old.sequence, progress: rest };
    }
    this.changed(id);
  }

  /** Calls everyone who listens to the job: its state changed. */
  changed(id: string): void {
    for (const listener of this.logs.get(id)?.listeners ?? []) listener();
  }

  after(id: string, sequence: number): readonly JobEvent[] {
    const events = this.logs.get(id)?.events ?? [];
    const from = events.findIndex((event) => event.sequence > sequence);
    return from < 0 ? [] : events.slice(from);
  }

  latest(id: string): WireProgress | undefined {
    return this.logs.get(id)?.events.at(-1)?.progress;
  }

  latestPreview(id: string): string | undefined {
    const events = this.logs.get(id)?.events ?? [];
    for (let i = events.length - 1; i >= 0; i--) {
      const { progress } = events[i];
      if ('preview' in progress && progress.preview !== undefined) return progress.preview;
    }
    return undefined;
  }

  /** @returns how to stop listening */
  listen(id: string, listener: () => void): () => void {
    const log = this.logOf(id);
    log.listeners.add(listener);
    return () => {
      log.listeners.delete(listener);
      if (log.listeners.size === 0 && log.events.length === 0) this.logs.delete(id);
    };
  }

  /** A final job's progress is of no more use; those who listen still hear the end. */
  forget(id: string): void {
    const log = this.logs.get(id);
    if (log === undefined) return;
    log.events.length = 0;
    if (log.listeners.size === 0) this.logs.delete(id);
  }

  private logOf(id: string): Log {
    const known = this.logs.get(id);
    if (known) return known;
    const log: Log = { events: [], next: 1, listeners: new Set() };
    this.logs.set(id, log);
    return log;
  }
}

import { randomBytes } from 'node:crypto';
import { mkdirSync, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import type { Priority } from '@stable-pose/sdk/remote';
import { type Database, open, type RootDatabase } from 'lmdb';
import { isFinal, type JobRecord, type ResultRecord } from './job-record.ts';

export interface NewJob {
  readonly client: string;
  readonly priority: Priority;
  readonly prompt: string;
  /** The checked request as JSON. */
  readonly request: string;
  readonly key?: { readonly name: string; readonly bodyHash: string };
}

const commitErrorMs = 200;
/** A flush that takes longer is asked for again. */
const flushMs = 2000;

interface KeyRecord {
  readonly id: string;
  readonly bodyHash: string;
}

/**
 * Jobs on disk. Every change is one transaction, which the system keeps when the process is killed. Before a client is told of
 * a new job it is flushed, so that it is there even if the power fails; a later step that a power failure takes back is made
 * again: the same request gives the same picture.
 */
export class JobStore {
  private readonly folder: string;
  private readonly root: RootDatabase;
  private readonly jobs: Database<JobRecord, string>;
  private readonly requests: Database<string, string>;
  private readonly keys: Database<KeyRecord, string>;
  /** The ids that are not final, so that a start need not read the history. */
  private readonly unfinished: Database<true, string>;
  /** Something to commit when there is nothing. */
  private readonly marks: Database<number, string>;
  private lastTime = 0;
  private counter = 0;

  constructor(folder: string) {
    this.folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.root = open({
      path: join(folder, 'jobs.mdb'),
      noSubdir: true,
      maxDbs: 8,
      // With it, a commit that fails rejects a promise that nobody holds, which ends the process.
      eventTurnBatching: false,
    });
    this.jobs = this.root.openDB({ name: 'jobs' });
    this.requests = this.root.openDB({ name: 'requests', encoding: 'string' });
    this.keys = this.root.openDB({ name: 'keys' });
    this.unfinished = this.root.openDB({ name: 'unfinished' });
    this.marks = this.root.openDB({ name: 'marks' });
  }

  /**
   * Keeps a new job, or finds the one that the same key made before. On the disk after {@link JobStore.flushed}.
   * @throws idempotency-conflict when the key came with another request, disk-full, write-failed
   */
  async submit(job: NewJob): Promise<{ readonly record: JobRecord; readonly isNew: boolean }> {
    const { client, priority, prompt, request, key } = job;
    const keyName = key && `${client}\n${key.name}`;
    const record: JobRecord = {
      id: this.nextId(),
      client,
      priority,
      state: 'queued',
      createdAt: Date.now(),
      attempts: 0,
      prompt,
      ...(keyName === undefined ? {} : { key: keyName }),
    };
    let found: KeyRecord | undefined;
    await this.atomically(() => {
      found = keyName === undefined ? undefined : this.keys.get(keyName);
      if (found) return;
      this.jobs.put(record.id, record);
      this.requests.put(record.id, request);
      this.unfinished.put(record.id, true);
      if (key && keyName !== undefined) this.keys.put(keyName, { id: record.id, bodyHash: key.bodyHash });
    });
    if (!found) return { record, isNew: true };
    if (found.bodyHash !== key?.bodyHash) throw conflict(found.id);
    return { record: this.get(found.id), isNew: false };
  }

  /** The job that this key made, when it came with this body. @throws idempotency-conflict when it came with another */
  find(client: string, key: { readonly name: string; readonly bodyHash: string }): JobRecord | undefined {
    const found = this.keys.get(`${client}\n${key.name}`);
    if (found === undefined) return undefined;
    if (found.bodyHash !== key.bodyHash) throw conflict(found.id);
    return this.jobs.get(found.id);
  }

  /** @throws job-not-found */
  get(id: string): JobRecord {
    const record = this.jobs.get(id);
    if (record === undefined) {
      throw new StablePoseError('job-not-found', `There is no job ${JSON.stringify(id.slice(0, 64))}.`, {
        remedy: 'It may have been removed, or be older than what is kept.',
      });
    }
    return record;
  }

  /** The request as JSON. @throws job-not-found */
  requestOf(id: string): string {
    const text = this.requests.get(id);
    if (text === undefined) throw new StablePoseError('job-not-found', 'The request of this job is gone.');
    return text;
  }

  /** Every job that is not final, the oldest first. */
  unfinishedJobs(): JobRecord[] {
    return [...this.unfinished.getKeys()].flatMap((id) => this.jobs.get(id) ?? []);
  }

  /** A queued job begins. False when it is no longer queued. */
  begin(id: string): Promise<boolean> {
    return this.change(id, ['queued'], (job) => ({
      ...job,
      state: 'running',
      startedAt: Date.now(),
      attempts: job.attempts + 1,
    }));
  }

  /** A running job goes back to wait; `again`: this attempt does not count. */
  requeue(id: string, again = false): Promise<boolean> {
    return this.change(id, ['running'], (job) => ({
      ...job,
      state: 'queued',
      attempts: job.attempts - (again ? 1 : 0),
    }));
  }

  finish(id: string, result: ResultRecord): Promise<boolean> {
    return this.change(id, ['running'], (job) => ({ ...job, state: 'done', finishedAt: Date.now(), result }));
  }

  fail(id: string, error: StablePoseError): Promise<boolean> {
    return this.change(id, ['running', 'queued'], (job) => ({
      ...job,
      state: error.code === 'cancelled' ? 'cancelled' : 'failed',
      finishedAt: Date.now(),
      ...(error.code === 'cancelled' ? {} : { error: error.toJSON() }),
    }));
  }

  /** Jobs before the id `before`, the newest first. */
  history(limit: number, before?: string): JobRecord[] {
    const start = before ?? '\uffff';
    const range = this.jobs.getRange({ start, reverse: true, limit: limit + 1 });
    return [...range].flatMap(({ key, value }) => (key === before ? [] : value)).slice(0, limit);
  }

  count(): number {
    return this.jobs.getCount();
  }

  /** Forgets jobs that are final; others are left. The ids that are gone. */
  async remove(ids: readonly string[]): Promise<readonly string[]> {
    const gone: string[] = [];
    await this.atomically(() => {
      for (const id of ids) {
        const job = this.jobs.get(id);
        if (job === undefined || !isFinal(job.state)) continue;
        this.jobs.remove(id);
        this.requests.remove(id);
        if (job.key !== undefined) this.keys.remove(job.key);
        gone.push(id);
      }
    });
    return gone;
  }

  /** The oldest final jobs beyond `most`. */
  surplus(most: number): string[] {
    const over = this.count() - most;
    if (over <= 0) return [];
    const ids: string[] = [];
    for (const { key, value } of this.jobs.getRange({})) {
      if (ids.length >= over) break;
      if (isFinal(value.state)) ids.push(key);
    }
    return ids;
  }

  has(id: string): boolean {
    return this.jobs.doesExist(id);
  }

  /**
   * What was changed before is on the disk when this resolves, even if the power fails; while the disk is full it waits.
   * @throws write-failed
   */
  async flushed(): Promise<void> {
    // After a commit that failed, lmdb's promise may never settle. The flush of a later commit says it of this one too.
    while (!(await this.flushedWithin(flushMs))) {
      await this.atomically(() => this.marks.put('flush', Date.now())).catch((error: unknown) => {
        if (StablePoseError.from(error).code !== 'disk-full') throw error;
      });
    }
  }

  async close(): Promise<void> {
    await this.root.close();
  }

  private async change(
    id: string,
    from: readonly JobRecord['state'][],
    change: (job: JobRecord) => JobRecord,
  ): Promise<boolean> {
    let isChanged = false;
    await this.atomically(() => {
      const job = this.jobs.get(id);
      if (job === undefined || !from.includes(job.state)) return;
      const next = change(job);
      this.jobs.put(id, next);
      if (isFinal(next.state)) this.unfinished.remove(id);
      isChanged = true;
    });
    return isChanged;
  }

  private async flushedWithin(ms: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, ms, false);
    });
    try {
      return await Promise.race([Promise.resolve(this.root.flushed).then(() => true), late]);
    } catch {
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  /** @throws disk-full, write-failed */
  private async atomically(work: () => void): Promise<void> {
    try {
      await this.root.transaction(work);
    } catch (cause) {
      throw storageError(await commitCause(cause), this.folder);
    }
  }

  /** Sorts by time; in the same millisecond by order. */
  private nextId(): string {
    const now = Math.max(Date.now(), this.lastTime);
    this.counter = now === this.lastTime ? this.counter + 1 : 0;
    this.lastTime = now;
    const part = (value: number, width: number) => value.toString(36).padStart(width, '0');
    return `${part(now, 9)}${part(this.counter, 4)}${randomBytes(8).toString('hex')}`;
  }
}

function conflict(id: string): StablePoseError {
  return new StablePoseError(
    'idempotency-conflict',
    'This idempotency key came before, with another request.',
    { remedy: 'Make a new key for every new request.', details: { id } },
  );
}

/** A failed commit says why in a promise beside it, soon or never. */
async function commitCause(thrown: unknown): Promise<unknown> {
  const { commitError } = thrown as { commitError?: Promise<unknown> };
  if (commitError === undefined) return thrown;
  const nothing = new Promise((resolve) => setTimeout(resolve, commitErrorMs, thrown));
  return Promise.race([commitError, nothing]).catch((cause: unknown) => cause);
}

/** Less than this is no room. */
const leastRoom = 2 ** 20;

/** What writing to the disk throws, as one of ours. */
export function storageError(cause: unknown, folder: string): StablePoseError {
  if (StablePoseError.is(cause)) return StablePoseError.from(cause);
  const { code, message = 'unknown' } = cause as { code?: unknown; message?: string };
  const isFull =
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    code === constants.errno.ENOSPC ||
    /MDB_MAP_FULL|no space/i.test(message) ||
    // LMDB says so of a write that had room for its beginning only.
    ((code === constants.errno.EIO || /input\/output error/i.test(message)) && roomIn(folder) < leastRoom);
  if (isFull) {
    return new StablePoseError('disk-full', 'There is no room left where the server keeps its jobs.', {
      remedy: 'Make room there, or start it with --data elsewhere.',
      cause,
    });
  }
  return new StablePoseError('write-failed', `The server could not keep the job: ${message}.`, {
    remedy: 'Look whether its folder can be written.',
    cause,
  });
}

function roomIn(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}

import { randomUUID } from 'node:crypto';
import { decodePng, StablePoseError, throwIfCancelled } from '@stable-pose/core';
import type { EngineProgress } from '@stable-pose/sdk';
import { type Priority, priorities } from '@stable-pose/sdk/remote';
import { type Job, Queue } from 'bullmq';
import {
  presenceSeconds,
  type QueueJobData,
  type QueueLayout,
  type QueueTask,
  queueProtocol,
} from './queue-layout.ts';
import type { RedisConnection } from './redis-connection.ts';

/** Something that a worker is asked to do. */
export interface QueueCall<T> {
  readonly task: QueueTask;
  /** The queue's name. */
  readonly queue: string;
  /** Without its pictures, which are below. */
  readonly request: Readonly<Record<string, unknown>>;
  /** PNGs by the field that they belong to. */
  readonly pictures: ReadonlyMap<string, Buffer>;
  readonly priority: Priority;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: EngineProgress) => void;
  /** @param picture fetches a PNG that the worker left, by its name; null when its time is over */
  read(returned: unknown, picture: (name: string) => Promise<Buffer | null>): Promise<T>;
  /** Names of the PNGs that the worker left, to be forgotten. */
  stored(returned: unknown): readonly string[];
}

export interface QueueCallOptions {
  readonly attempts?: number;
  readonly keepInputSeconds?: number;
  readonly keepSeconds?: number;
}

/** Someone waits for a job. */
interface Watch {
  readonly progress: EngineProgress[];
  wake(): void;
}

/** Messages may get lost when Redis goes away, so everyone also looks for himself. */
const lookMs = 1000;

/** A worker looks between two steps; a long one is not waited for. */
const cancelMs = 10_000;

/** A Redis without a log on the disk forgets jobs; so often one is put in again. */
const mostSubmissions = 5;

/** Jobs of one client from the moment when they are put into Redis to the one when nothing of them is left there. */
export class QueueCalls {
  private readonly connection: RedisConnection;
  private readonly layout: QueueLayout;
  private readonly client: string;
  private readonly options: QueueCallOptions;
  private readonly queues = new Map<string, Queue<QueueJobData>>();
  private readonly watches = new Map<string, Watch>();

  constructor(connection: RedisConnection, layout: QueueLayout, client: string, options: QueueCallOptions) {
    this.connection = connection;
    this.layout = layout;
    this.client = client;
    this.options = options;
  }

  /** @throws cancelled, server-unreachable, job-not-found, and what the worker says */
  async make<T>(call: QueueCall<T>): Promise<T> {
    const { signal, onProgress } = call;
    const queue = this.queueOf(call.queue);
    const job = randomUUID();
    const begun = Date.now();
    let wake = () => {};
    const watch: Watch = { progress: [], wake: () => wake() };
    this.watches.set(job, watch);
    const stop = () => wake();
    signal.addEventListener('abort', stop);
    let ended: Job<QueueJobData> | undefined;
    let hasBegun = false;
    try {
      let submissions = 1;
      const ahead = await this.submit(queue, job, call);
      while (true) {
        const woken = new Promise<void>((resolve) => {
          wake = resolve;
        });
        throwIfCancelled(signal);
        for (const progress of watch.progress.splice(0)) {
          hasBegun = true;
          // Counted from here: workers take jobs over from each other, and each begins at nothing.
          onProgress?.({ ...progress, secondsElapsed: (Date.now() - begun) / 1000 });
        }
        const found = await this.connection.do(() => queue.getJob(job), signal);
        throwIfCancelled(signal);
        if (found === undefined) {
          if (submissions++ >= mostSubmissions) {
            throw new StablePoseError('job-not-found', 'Redis lost the job again and again.', {
              remedy: 'Give it memory (maxmemory-policy noeviction) and a log (appendonly yes).',
            });
          }
          await this.submit(queue, job, call);
        } else if (found.finishedOn !== undefined) {
          ended = found;
          if (found.failedReason) throw readFailure(found.failedReason);
          return await call.read(found.returnvalue, (name) =>
            this.connection.do((redis) => redis.getBuffer(this.layout.picture(job, name)), signal),
          );
        } else if (!hasBegun && watch.progress.length === 0) {
          onProgress?.({
            stage: 'wait',
            ...(found.attemptsStarted === 0 && ahead > 0 ? { ahead } : {}),
            secondsElapsed: (Date.now() - begun) / 1000,
          });
        }
        if (watch.progress.length > 0) continue;
        const timer = setTimeout(() => wake(), lookMs);
        await woken;
        clearTimeout(timer);
      }
    } finally {
      signal.removeEventListener('abort', stop);
      if (ended) await this.forget(queue, ended, call).catch(() => {});
      else await this.cancel(queue, job, watch, (woken) => (wake = woken)).catch(() => {});
      this.watches.delete(job);
    }
  }

  /** A message to this client. */
  hear(text: string): void {
    const message = JSON.parse(text) as { readonly job: string; readonly progress?: EngineProgress };
    const watch = this.watches.get(message.job);
    if (watch === undefined) return;
    if (message.progress) watch.progress.push(readProgress(message.progress));
    watch.wake();
  }

  /** Says that this client is there: workers drop the jobs of one that is not. */
  async announce(): Promise<void> {
    await this.connection.redis.set(this.layout.client(this.client), '1', 'EX', presenceSeconds.client);
  }

  async close(): Promise<void> {
    for (const queue of this.queues.values()) await queue.close().catch(() => {});
  }

  /** Puts a job into its queue; again, it changes nothing. @returns jobs before it */
  private async submit(queue: Queue<QueueJobData>, job: string, call: QueueCall<unknown>): Promise<number> {
    const { attempts = 3, keepInputSeconds = 86_400, keepSeconds = 3600 } = this.options;
    const { task, request, pictures, priority, signal } = call;
    return this.connection.do(async (redis) => {
      await this.announce();
      for (const [field, bytes] of pictures) {
        await redis.set(this.layout.picture(job, `input-${field}`), bytes, 'EX', keepInputSeconds);
      }
      const counts = await queue.getJobCounts('active', 'waiting', 'prioritized');
      const data = { protocol: queueProtocol, client: this.client, request, inputs: [...pictures.keys()] };
      await queue.add(task, data, {
        jobId: job,
        priority: priorities.indexOf(priority) + 1,
        attempts,
        backoff: { type: 'exponential', delay: 1000 },
        removeOnComplete: { age: keepSeconds },
        removeOnFail: { age: keepSeconds },
      });
      return Object.values(counts).reduce((sum, count) => sum + count, 0);
    }, signal);
  }

  /** Ends a job wherever it is, and waits a while for the worker to agree. */
  private async cancel(
    queue: Queue<QueueJobData>,
    job: string,
    watch: Watch,
    onWake: (wake: () => void) => void,
  ): Promise<void> {
    const { redis } = this.connection;
    const until = Date.now() + cancelMs;
    // Who cancels does not wait for a Redis that is away: the worker notices that nobody is there.
    if (redis.status !== 'ready') return;
    await redis.set(this.layout.cancelled(job), '1', 'EX', 3600);
    await redis.publish(this.layout.cancelChannel, job);
    while (Date.now() < until && redis.status === 'ready') {
      const woken = new Promise<void>((resolve) => onWake(resolve));
      watch.progress.length = 0;
      if ((await queue.remove(job)) === 1) break;
      const found = await queue.getJob(job);
      if (found === undefined || found.finishedOn !== undefined) break;
      const timer = setTimeout(() => watch.wake(), lookMs);
      await woken;
      clearTimeout(timer);
    }
  }

  /** What was fetched takes no more room. */
  private async forget(
    queue: Queue<QueueJobData>,
    { id = '', failedReason, returnvalue }: Job<QueueJobData>,
    { pictures, stored }: QueueCall<unknown>,
  ): Promise<void> {
    const { redis } = this.connection;
    if (redis.status !== 'ready') return;
    const names = [...pictures.keys()].map((field) => `input-${field}`);
    if (!failedReason) names.push(...stored(returnvalue));
    if (names.length > 0) await redis.unlink(names.map((name) => this.layout.picture(id, name)));
    await queue.remove(id);
  }

  private queueOf(name: string): Queue<QueueJobData> {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new Queue<QueueJobData>(name, {
      connection: this.connection.redis,
      prefix: this.layout.prefix,
    });
    // Said again by every call that fails.
    queue.on('error', () => {});
    this.queues.set(name, queue);
    return queue;
  }
}

function readFailure(reason: string): StablePoseError {
  if (/stalled more than/.test(reason)) {
    return new StablePoseError('internal', 'Worker after worker ended while it made this request.', {
      remedy: 'Ask for less (smaller, fewer pictures); they may have run out of memory.',
    });
  }
  try {
    return StablePoseError.from(JSON.parse(reason));
  } catch {
    return new StablePoseError('internal', reason);
  }
}

function readProgress(progress: EngineProgress): EngineProgress {
  if (!('preview' in progress) || progress.preview === undefined) return progress;
  return { ...progress, preview: decodePng(Buffer.from(progress.preview as unknown as string, 'base64')) };
}

import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  type DetectedPerson,
  decodePng,
  type GenerationRequest,
  type GenerationRequestInput,
  type GenerationResult,
  parseRequest,
  type Raster,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import {
  type EngineDescription,
  type EngineGenerateOptions,
  type EngineModel,
  type EngineProgress,
  engineClosed,
  type GenerationEngine,
} from '@stable-pose/sdk';
import { type Priority, priorities } from '@stable-pose/sdk/remote';
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import {
  defaultQueuePrefix,
  presenceSeconds,
  type QueueJobData,
  QueueLayout,
  queueProtocol,
  type WorkerNote,
} from './queue-layout.ts';
import { fetchResult, partRequest, type QueuedResult, storedNames } from './queue-pictures.ts';
import { RedisConnection } from './redis-connection.ts';

export interface QueueEngineOptions {
  /** `redis://[user:password@]host[:port]`, or `rediss://`. */
  readonly redis: string;
  /** Workers and servers find each other by it; `stable-pose` unless told. */
  readonly queuePrefix?: string;
  /** How often a job that failed for want of luck (a device lost, memory short) is begun. 3 unless told. */
  readonly attempts?: number;
  /** Requests' pictures stay in Redis for so long, however long they wait. 86 400 unless told. */
  readonly keepInputSeconds?: number;
  /** What ended stays in Redis for so long when nobody fetched it. 3600 unless told. */
  readonly keepSeconds?: number;
  /** How long Redis may be away before calls fail with `server-unreachable`. 30 000 unless told. */
  readonly patienceMs?: number;
}

export interface QueueGenerateOptions extends EngineGenerateOptions {
  readonly priority?: Priority;
}

/**
 * An engine whose pictures are made by workers, on this machine or others, that share a Redis with it. Requests wait while no
 * worker is there; it lists the models of every worker that ever was. Finding poses and mattes is not among what it can.
 * @throws invalid-input
 */
export function createQueueEngine(options: QueueEngineOptions): GenerationEngine {
  return new QueueEngine(options);
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

class QueueEngine implements GenerationEngine {
  private readonly options: QueueEngineOptions;
  private readonly layout: QueueLayout;
  private readonly connection: RedisConnection;
  private readonly listener: Redis;
  private readonly queues = new Map<string, Queue<QueueJobData, QueuedResult>>();
  private readonly watches = new Map<string, Watch>();
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly closing = new AbortController();
  private readonly presence: NodeJS.Timeout;
  private readonly id = randomUUID();

  constructor(options: QueueEngineOptions) {
    this.options = options;
    // Every request listens.
    setMaxListeners(0, this.closing.signal);
    this.layout = new QueueLayout(options.queuePrefix ?? defaultQueuePrefix);
    this.connection = new RedisConnection(options.redis, options.patienceMs ?? 30_000);
    this.listener = this.connection.listener();
    this.listener.on('message', (_channel, text) => this.hear(text));
    void this.listener.subscribe(this.layout.clientChannel(this.id)).catch(() => {});
    const beHere = () => void this.announce().catch(() => {});
    this.connection.redis.on('ready', beHere);
    this.presence = setInterval(beHere, presenceSeconds.client * 200);
    this.presence.unref();
  }

  async describe(): Promise<EngineDescription> {
    const notes = await this.workers();
    const able = notes.filter(({ protocol }) => protocol === queueProtocol);
    const devices = [...new Set(able.map(({ description }) => description.device))];
    return {
      kind: 'queue',
      name: 'Workers',
      place: 'elsewhere',
      device: able.length === 0 ? 'no worker' : `${able.length} x ${devices.join(', ')}`,
      can: { detectPose: false, matte: false },
      limits: {},
      advice: [
        ...(able.length === 0 ? ['No worker is there: requests wait until one starts.'] : []),
        ...(able.length < notes.length
          ? ['Some workers are of another version and take nothing from this server: update them.']
          : []),
      ],
    };
  }

  async models(): Promise<readonly EngineModel[]> {
    this.checkOpen();
    return this.connection.do(async (redis) => {
      const [order, entries] = await Promise.all([
        redis.zrange(this.layout.catalogueOrder, '0', '-1'),
        redis.hgetall(this.layout.catalogue),
      ]);
      return order.flatMap((id) => (entries[id] ? [JSON.parse(entries[id]) as EngineModel] : []));
    }, this.closing.signal);
  }

  generate(input: GenerationRequestInput, options: QueueGenerateOptions = {}): Promise<GenerationResult> {
    const making = this.make(input, options);
    const ended = making.then(
      () => {},
      () => {},
    );
    this.underWay.add(ended);
    void ended.finally(() => this.underWay.delete(ended));
    return making;
  }

  async detectPose(): Promise<readonly DetectedPerson[]> {
    this.checkOpen();
    throw new StablePoseError('not-supported', 'Workers do not find poses.');
  }

  async matte(): Promise<Raster> {
    this.checkOpen();
    throw new StablePoseError('not-supported', 'Workers do not make mattes.');
  }

  async dispose(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    clearInterval(this.presence);
    await Promise.all(this.underWay);
    for (const queue of this.queues.values()) await queue.close().catch(() => {});
    if (this.connection.redis.status === 'ready')
      await this.connection.redis.del(this.layout.client(this.id)).catch(() => {});
    this.listener.disconnect();
    this.connection.close();
  }

  private async make(
    input: GenerationRequestInput,
    { signal: asked, onProgress, priority = 'normal' }: QueueGenerateOptions,
  ): Promise<GenerationResult> {
    this.checkOpen();
    const parsed = parseRequest(input);
    const signal = asked ? AbortSignal.any([asked, this.closing.signal]) : this.closing.signal;
    throwIfCancelled(signal);
    const request = { ...parsed, model: await this.chooseModel(parsed) };
    throwIfCancelled(signal);
    const queue = this.queueOf(request.model);
    const job = randomUUID();
    const begun = Date.now();
    let wake = () => {};
    const watch: Watch = { progress: [], wake: () => wake() };
    this.watches.set(job, watch);
    const stop = () => wake();
    signal.addEventListener('abort', stop);
    let hasEnded = false;
    let hasBegun = false;
    try {
      let submissions = 1;
      const ahead = await this.submit(queue, job, request, priority, signal);
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
          await this.submit(queue, job, request, priority, signal);
        } else if (found.finishedOn !== undefined) {
          hasEnded = true;
          if (found.failedReason) throw readFailure(found.failedReason);
          return await fetchResult(found.returnvalue, parsed, (name) =>
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
      const done = () => this.watches.delete(job);
      if (hasEnded) await this.forget(queue, job, request).catch(() => {});
      else await this.cancel(queue, job, watch, (woken) => (wake = woken)).catch(() => {});
      done();
    }
  }

  /** Puts a job into its queue; again, it changes nothing. @returns jobs before it */
  private async submit(
    queue: Queue<QueueJobData, QueuedResult>,
    job: string,
    request: GenerationRequest,
    priority: Priority,
    signal: AbortSignal,
  ): Promise<number> {
    const { attempts = 3, keepInputSeconds = 86_400, keepSeconds = 3600 } = this.options;
    const { bare, pictures } = partRequest(request);
    return this.connection.do(async (redis) => {
      await this.announce();
      for (const [field, bytes] of pictures) {
        await redis.set(this.layout.picture(job, `input-${field}`), bytes, 'EX', keepInputSeconds);
      }
      const counts = await queue.getJobCounts('active', 'waiting', 'prioritized');
      const data = { protocol: queueProtocol, client: this.id, request: bare, inputs: [...pictures.keys()] };
      await queue.add('generate', data, {
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
    queue: Queue<QueueJobData, QueuedResult>,
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
    queue: Queue<QueueJobData, QueuedResult>,
    job: string,
    request: GenerationRequest,
  ): Promise<void> {
    const { redis } = this.connection;
    if (redis.status !== 'ready') return;
    const found = await queue.getJob(job);
    const names = [...partRequest(request).pictures.keys()].map((field) => `input-${field}`);
    names.push(...storedNames(found?.returnvalue?.pictures ?? []));
    if (names.length > 0) await redis.unlink(names.map((name) => this.layout.picture(job, name)));
    await queue.remove(job);
  }

  private async chooseModel({ model }: GenerationRequest): Promise<string> {
    const ids = (await this.models()).map(({ id }) => id);
    if (model === undefined ? ids.length > 0 : ids.includes(model)) return model ?? ids[0];
    throw new StablePoseError(
      'model-not-found',
      model === undefined
        ? 'No worker has been there yet, so there is no model.'
        : `No worker has the model "${model.slice(0, 80)}".`,
      { remedy: ids.length === 0 ? 'Start one: stable-pose worker.' : `There is: ${ids.join(', ')}.` },
    );
  }

  private async workers(): Promise<readonly WorkerNote[]> {
    this.checkOpen();
    return this.connection.do(async (redis) => {
      const notes: WorkerNote[] = [];
      let cursor = '0';
      do {
        const [next, keys] = await redis.scan(cursor, 'MATCH', this.layout.worker('*'), 'COUNT', 500);
        cursor = next;
        for (const text of keys.length > 0 ? await redis.mget(keys) : []) {
          if (text !== null) notes.push(JSON.parse(text) as WorkerNote);
        }
      } while (cursor !== '0');
      return notes;
    }, this.closing.signal);
  }

  private async announce(): Promise<void> {
    await this.connection.redis.set(this.layout.client(this.id), '1', 'EX', presenceSeconds.client);
  }

  private hear(text: string): void {
    const message = JSON.parse(text) as { readonly job: string; readonly progress?: EngineProgress };
    const watch = this.watches.get(message.job);
    if (watch === undefined) return;
    if (message.progress) watch.progress.push(readProgress(message.progress));
    watch.wake();
  }

  private queueOf(model: string): Queue<QueueJobData, QueuedResult> {
    const known = this.queues.get(model);
    if (known) return known;
    const queue = new Queue<QueueJobData, QueuedResult>(this.layout.queueOf(model), {
      connection: this.connection.redis,
      prefix: this.layout.prefix,
    });
    // Said again by every call that fails.
    queue.on('error', () => {});
    this.queues.set(model, queue);
    return queue;
  }

  private checkOpen(): void {
    if (this.closing.signal.aborted) throw engineClosed();
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

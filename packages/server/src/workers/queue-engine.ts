import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import {
  type DetectedPerson,
  type DetectOptions,
  decodePng,
  encodePng,
  type GenerationRequest,
  type GenerationRequestInput,
  type GenerationResult,
  type MatteOptions,
  parseRequest,
  type Raster,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import {
  type EngineDescription,
  type EngineGenerateOptions,
  type EngineModel,
  engineClosed,
  type GenerationEngine,
} from '@stable-pose/sdk';
import type { Priority } from '@stable-pose/sdk/remote';
import type { Redis } from 'ioredis';
import { QueueCalls } from './queue-calls.ts';
import {
  defaultQueuePrefix,
  type LookTask,
  presenceSeconds,
  QueueLayout,
  queueProtocol,
  type WorkerNote,
} from './queue-layout.ts';
import { fetchResult, partRequest, pictureGone, type QueuedResult, storedNames } from './queue-pictures.ts';
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
 * worker is there; it lists the models of every worker that ever was. It finds people and makes mattes where a worker that is
 * there can.
 * @throws invalid-input
 */
export function createQueueEngine(options: QueueEngineOptions): GenerationEngine {
  return new QueueEngine(options);
}

class QueueEngine implements GenerationEngine {
  private readonly layout: QueueLayout;
  private readonly connection: RedisConnection;
  private readonly listener: Redis;
  private readonly calls: QueueCalls;
  private readonly underWay = new Set<Promise<unknown>>();
  private readonly closing = new AbortController();
  private readonly presence: NodeJS.Timeout;
  private readonly id = randomUUID();

  constructor(options: QueueEngineOptions) {
    // Every request listens.
    setMaxListeners(0, this.closing.signal);
    this.layout = new QueueLayout(options.queuePrefix ?? defaultQueuePrefix);
    this.connection = new RedisConnection(options.redis, options.patienceMs ?? 30_000);
    this.calls = new QueueCalls(this.connection, this.layout, this.id, options);
    this.listener = this.connection.listener();
    this.listener.on('message', (_channel, text) => this.calls.hear(text));
    void this.listener.subscribe(this.layout.clientChannel(this.id)).catch(() => {});
    const beHere = () => void this.calls.announce().catch(() => {});
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
      can: { detectPose: canLook(notes, 'detect'), matte: canLook(notes, 'matte') },
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

  async generate(
    input: GenerationRequestInput,
    { signal: asked, onProgress, priority = 'normal' }: QueueGenerateOptions = {},
  ): Promise<GenerationResult> {
    this.checkOpen();
    const parsed = parseRequest(input);
    return this.during(asked, async (signal) => {
      const request = { ...parsed, model: await this.chooseModel(parsed) };
      throwIfCancelled(signal);
      const { bare, pictures } = partRequest(request);
      return this.calls.make({
        task: 'generate',
        queue: this.layout.queueOf(request.model),
        request: bare,
        pictures,
        priority,
        signal,
        ...(onProgress ? { onProgress } : {}),
        read: (returned, picture) => fetchResult(returned as QueuedResult, parsed, picture),
        stored: (returned) => storedNames((returned as QueuedResult).pictures),
      });
    });
  }

  async detectPose(picture: Raster, options: DetectOptions = {}): Promise<readonly DetectedPerson[]> {
    this.checkOpen();
    const { boxes, maxPeople, signal } = options;
    return this.look('detect', picture, { boxes, maxPeople }, signal, {
      read: async (returned) => returned as readonly DetectedPerson[],
      stored: () => [],
    });
  }

  async matte(picture: Raster, { signal }: MatteOptions = {}): Promise<Raster> {
    this.checkOpen();
    return this.look('matte', picture, {}, signal, {
      read: async (returned, stored) => {
        const bytes = await stored(returned as string);
        if (bytes === null) throw pictureGone();
        return decodePng(bytes);
      },
      stored: (returned) => [returned as string],
    });
  }

  async dispose(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort();
    clearInterval(this.presence);
    await Promise.all(this.underWay);
    await this.calls.close();
    if (this.connection.redis.status === 'ready')
      await this.connection.redis.del(this.layout.client(this.id)).catch(() => {});
    this.listener.disconnect();
    this.connection.close();
  }

  /** Has a worker look at a picture. Someone waits before a screen, so it goes before what waits in the same queue. */
  private look<T>(
    task: LookTask,
    picture: Raster,
    request: Readonly<Record<string, unknown>>,
    asked: AbortSignal | undefined,
    answer: {
      read(returned: unknown, stored: (name: string) => Promise<Buffer | null>): Promise<T>;
      stored(returned: unknown): readonly string[];
    },
  ): Promise<T> {
    return this.during(asked, async (signal) => {
      throwIfCancelled(signal);
      const png = Buffer.from(encodePng(picture));
      const notes = await this.workers();
      throwIfCancelled(signal);
      if (!canLook(notes, task)) throw cannotLook(task);
      return this.calls.make({
        task,
        queue: this.layout.queueOfLook(task),
        request,
        pictures: new Map([['picture', png]]),
        priority: 'high',
        signal,
        ...answer,
      });
    });
  }

  /** Work that ends with the engine, and that the engine's end waits for. */
  private during<T>(asked: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const working = work(asked ? AbortSignal.any([asked, this.closing.signal]) : this.closing.signal);
    const ended = working.then(
      () => {},
      () => {},
    );
    this.underWay.add(ended);
    void ended.finally(() => this.underWay.delete(ended));
    return working;
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

  private checkOpen(): void {
    if (this.closing.signal.aborted) throw engineClosed();
  }
}

function canLook(notes: readonly WorkerNote[], task: LookTask): boolean {
  return notes.some(({ protocol, looks }) => protocol === queueProtocol && looks.includes(task));
}

function cannotLook(task: LookTask): StablePoseError {
  return task === 'detect'
    ? new StablePoseError('not-supported', 'No worker is there that finds people in pictures.', {
        remedy: 'Install @stable-pose/movenet beside a worker, and start it again.',
      })
    : new StablePoseError('not-supported', 'No worker is there that cuts people out of pictures.', {
        remedy: 'Start one with the network for it: STABLE_POSE_EYES names its folder.',
      });
}

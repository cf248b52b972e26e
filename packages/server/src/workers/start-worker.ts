import { randomUUID } from 'node:crypto';
import { decodePng, encodePng, StablePoseError } from '@stable-pose/core';
import type { EngineModel, EngineProgress, GenerationEngine } from '@stable-pose/sdk';
import { detectSchema } from '@stable-pose/sdk/remote';
import { DelayedError, type Job, UnrecoverableError, Worker } from 'bullmq';
import { type Logger, pino } from 'pino';
import { parsed } from '../http/read-body.ts';
import { checkPicture, checkRequest } from '../jobs/check-request.ts';
import { defaultLimits, type ServerLimits } from '../server-limits.ts';
import {
  defaultQueuePrefix,
  type LookTask,
  lookTasks,
  presenceSeconds,
  type QueueJobData,
  QueueLayout,
  queueProtocol,
  type WorkerNote,
} from './queue-layout.ts';
import { joinRequest, pictureGone, storePicture, storeResult } from './queue-pictures.ts';
import { RedisConnection } from './redis-connection.ts';

export interface WorkerOptions {
  /** Stays the caller's: the worker does not dispose of it. */
  readonly engine: GenerationEngine;
  /** `redis://[user:password@]host[:port]`, or `rediss://`. */
  readonly redis: string;
  /** Worker and servers find each other by it; `stable-pose` unless told. */
  readonly queuePrefix?: string;
  /** Ids of the engine's models to work on; all of them unless told. */
  readonly models?: readonly string[];
  /** Jobs at a time, of each model; an engine on one device makes them one after the other all the same. 1 unless told. */
  readonly concurrency?: number;
  /** Checked again here: whoever writes into Redis is not believed. */
  readonly limits?: Partial<ServerLimits>;
  /** A worker that says nothing for so long has its jobs taken over. 30 000 unless told. */
  readonly lockMs?: number;
  /** Pictures stay in Redis for so long. 3600 unless told. */
  readonly keepSeconds?: number;
  /** How long Redis may be away at the start. 10 000 unless told. */
  readonly patienceMs?: number;
  readonly log?: Logger;
}

export interface RunningWorker {
  readonly id: string;
  /** What it works on. */
  readonly models: readonly string[];
  /** Takes nothing more, gives what runs `graceMs` (default 10 s), then gives it back to the others. */
  stop(graceMs?: number): Promise<void>;
}

/** What may go well on another try, or another machine. */
const worthAnotherTry: readonly string[] = [
  'device-lost',
  'device-unavailable',
  'runtime-failed',
  'out-of-memory',
  'engine-closed',
  'internal',
];

/** How often a running job's client and its cancel mark are looked at. */
const lookMs = 2000;

/** Does a job. @returns what its client reads */
type Work = (job: Job<QueueJobData>, signal: AbortSignal) => Promise<unknown>;

/**
 * Makes the pictures that servers put into Redis, and looks at those that are there where its engine can.
 * @throws server-unreachable, unauthorized, invalid-input, model-not-found
 */
export async function startWorker(options: WorkerOptions): Promise<RunningWorker> {
  const { engine, concurrency = 1, lockMs = 30_000, keepSeconds = 3600 } = options;
  const layout = new QueueLayout(options.queuePrefix ?? defaultQueuePrefix);
  const limits = { ...defaultLimits, ...options.limits };
  const log = options.log ?? pino({ level: 'silent' });
  const id = randomUUID();
  const models = chooseModels(await engine.models(), options.models);
  const { can } = await engine.describe();
  const able = lookTasks.filter((task) => (task === 'detect' ? can.detectPose : can.matte));
  const connection = new RedisConnection(options.redis, options.patienceMs ?? 10_000, true);
  const { redis } = connection;
  const running = new Map<string, AbortController>();

  const announce = async () => {
    const note: WorkerNote = {
      protocol: queueProtocol,
      models: models.map((model) => model.id),
      looks: able,
      description: await engine.describe(),
    };
    await redis.set(layout.worker(id), JSON.stringify(note), 'EX', presenceSeconds.worker);
    const now = Date.now();
    for (const [i, model] of models.entries()) {
      await redis.zadd(layout.catalogueOrder, 'NX', now + i / 1000, model.id);
      await redis.hset(layout.catalogue, model.id, JSON.stringify(model));
    }
  };

  /** Tells the client something; one that does not hear it looks for itself. */
  const tell = (client: string, message: Record<string, unknown>) => {
    if (redis.status === 'ready')
      void redis.publish(layout.clientChannel(client), JSON.stringify(message)).catch(() => {});
  };

  const watchOver = async (job: string, client: string, controller: AbortController) => {
    if (redis.status !== 'ready') return;
    if ((await redis.exists(layout.cancelled(job))) > 0) controller.abort('cancelled');
    else if ((await redis.exists(layout.client(client))) === 0) controller.abort('abandoned');
  };

  const picture = (job: Job<QueueJobData>, name: string) =>
    redis.getBuffer(layout.picture(job.id as string, name));

  const generate =
    (model: EngineModel): Work =>
    async (job, signal) => {
      const { client, request: bare, inputs } = job.data;
      const whole = await joinRequest(bare, inputs, (name) => picture(job, name));
      const request = checkRequest({ ...whole, model: model.id }, models, limits);
      const result = await engine.generate(request, {
        signal,
        onProgress: (progress) => tell(client, { job: job.id, progress: wireProgress(progress) }),
      });
      return storeResult(redis, layout, job.id as string, randomUUID(), result, keepSeconds);
    };

  const lookedAt = async (job: Job<QueueJobData>) => {
    const bytes = await picture(job, 'input-picture');
    if (bytes === null) throw pictureGone();
    checkPicture('picture', bytes.subarray(0, 64).toString('base64'), limits.inputPixels);
    return decodePng(bytes);
  };
  const looks: Readonly<Record<LookTask, Work>> = {
    detect: async (job, signal) => {
      const options = parsed(detectSchema.omit({ picture: true }), job.data.request);
      return engine.detectPose(await lookedAt(job), { ...options, signal });
    },
    matte: async (job, signal) => {
      const matte = encodePng(await engine.matte(await lookedAt(job), { signal }));
      const name = randomUUID();
      await storePicture(redis, layout.picture(job.id as string, name), matte, keepSeconds);
      return name;
    },
  };

  const work = async (make: Work, job: Job<QueueJobData>, token?: string): Promise<unknown> => {
    const jobId = job.id as string;
    const { protocol, client } = job.data;
    const controller = new AbortController();
    const { signal } = controller;
    running.set(jobId, controller);
    const timer = setInterval(() => void watchOver(jobId, client, controller).catch(() => {}), lookMs);
    const limit = setTimeout(() => controller.abort('late'), limits.jobSeconds * 1000);
    const begun = performance.now();
    let outcome = 'done';
    try {
      if (protocol !== queueProtocol) throw otherProtocol(protocol);
      await watchOver(jobId, client, controller);
      if (signal.aborted) throw new StablePoseError('cancelled', 'The work was cancelled.');
      return await make(job, signal);
    } catch (error) {
      if (signal.reason === 'stopping') {
        outcome = 'given back';
        await job.moveToDelayed(Date.now(), token);
        throw new DelayedError();
      }
      const failure = explain(error, signal.reason, limits.jobSeconds);
      outcome = failure.code;
      const text = JSON.stringify(failure.toJSON());
      throw worthAnotherTry.includes(failure.code) ? new Error(text) : new UnrecoverableError(text);
    } finally {
      clearInterval(timer);
      clearTimeout(limit);
      running.delete(jobId);
      const seconds = Number(((performance.now() - begun) / 1000).toFixed(3));
      log.info({ job: jobId, task: job.name, outcome, seconds, attempt: job.attemptsStarted }, 'job ended');
    }
  };

  try {
    await connection.do(() => announce());
  } catch (error) {
    connection.close();
    throw error;
  }
  const presence = setInterval(() => {
    if (redis.status === 'ready') void announce().catch(() => {});
  }, presenceSeconds.worker * 300);
  const listener = connection.listener();
  listener.on('message', (_channel, job) => running.get(job)?.abort('cancelled'));
  await listener.subscribe(layout.cancelChannel);
  const listen = (queue: string, make: Work) => {
    const worker = new Worker<QueueJobData>(queue, (job, token) => work(make, job, token), {
      connection: redis,
      prefix: layout.prefix,
      concurrency,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 2,
    });
    worker.on('error', (error) => log.warn({ error: error.message }, 'Redis'));
    worker.on('completed', (job) => tell(job.data.client, { job: job.id }));
    worker.on('failed', (job) => job && tell(job.data.client, { job: job.id }));
    return worker;
  };
  const workers = [
    ...models.map((model) => listen(layout.queueOf(model.id), generate(model))),
    ...able.map((task) => listen(layout.queueOfLook(task), looks[task])),
  ];
  log.info({ worker: id, models: models.map((model) => model.id) }, 'working');

  let stopped: Promise<void> | undefined;
  const stop = async (graceMs: number) => {
    clearInterval(presence);
    const timer = setTimeout(() => {
      for (const controller of running.values()) controller.abort('stopping');
    }, graceMs);
    // Without Redis nothing can be handed back: the others take it over when the lock has run out.
    const isThere = redis.status === 'ready';
    if (!isThere) for (const controller of running.values()) controller.abort('stopping');
    await Promise.all(workers.map((worker) => worker.close(!isThere)));
    clearTimeout(timer);
    if (isThere) await redis.del(layout.worker(id)).catch(() => {});
    listener.disconnect();
    connection.close();
  };
  return {
    id,
    models: models.map((model) => model.id),
    stop: (graceMs = 10_000) => {
      stopped ??= stop(graceMs);
      return stopped;
    },
  };
}

function chooseModels(
  all: readonly EngineModel[],
  wanted: readonly string[] | undefined,
): readonly EngineModel[] {
  const names = wanted ?? all.map(({ id }) => id);
  const chosen = names.map((name) => {
    const model = all.find(({ id }) => id === name);
    if (model) return model;
    throw new StablePoseError('model-not-found', `The engine has no model "${name}" to work on.`, {
      remedy: `There is: ${all.map(({ id }) => id).join(', ') || 'none'}.`,
    });
  });
  if (chosen.length === 0)
    throw new StablePoseError('model-not-found', 'The engine has no model to work on.');
  return chosen;
}

function otherProtocol(protocol: number): StablePoseError {
  return new StablePoseError(
    'protocol-mismatch',
    `The worker knows version ${queueProtocol} of the queue, the job is of version ${protocol}.`,
    { remedy: 'Update servers and workers to the same version.' },
  );
}

function explain(error: unknown, reason: unknown, jobSeconds: number): StablePoseError {
  const failure = StablePoseError.from(error);
  if (failure.code !== 'cancelled') return failure;
  if (reason === 'late') {
    return new StablePoseError(
      'timeout',
      `The job took longer than the ${jobSeconds} s that the worker gives one.`,
    );
  }
  // Its client may only have been cut off for a while, so it is tried again before it is given up.
  if (reason === 'abandoned') {
    return new StablePoseError('engine-closed', 'Nobody waits for the job any more.');
  }
  return failure;
}

function wireProgress(progress: EngineProgress): unknown {
  if (!('preview' in progress) || progress.preview === undefined) return progress;
  return { ...progress, preview: Buffer.from(encodePng(progress.preview)).toString('base64') };
}

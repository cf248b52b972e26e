import { createHash } from 'node:crypto';
import {
  encodePng,
  type GeneratedPicture,
  type GenerationResult,
  type Raster,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import type { EngineProgress, GenerationEngine } from '@stable-pose/sdk';
import { type Priority, type WireProgress, withoutPictures } from '@stable-pose/sdk/remote';
import type { Logger } from 'pino';
import type { Metrics } from '../metrics.ts';
import type { ServerLimits } from '../server-limits.ts';
import type { QueueGenerateOptions } from '../workers/queue-engine.ts';
import { checkRequest } from './check-request.ts';
import { JobEvents } from './job-events.ts';
import { JobQueue } from './job-queue.ts';
import { isFinal, type JobRecord, type PictureRecord } from './job-record.ts';
import { JobStore } from './job-store.ts';
import { PictureFiles, pictureName } from './picture-files.ts';

export interface JobsOptions {
  readonly engine: GenerationEngine;
  readonly dataFolder: string;
  /** Jobs that the engine is given at a time. */
  readonly concurrency: number;
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Prompts may stand in the log. */
  readonly logPrompts: boolean;
}

export interface Submission {
  readonly client: string;
  readonly request: unknown;
  readonly priority?: Priority;
  readonly key?: string;
}

/** A job that took the server down with it so often is not begun again. */
const mostAttempts = 3;

/** How long to wait before the disk is tried again. */
const retryStoreMs = 2000;

/** Listeners that come late still get a finished job's last progress for so long. */
const forgetAfterMs = 30_000;

/**
 * Takes requests, keeps them, has the engine make them, one after the other unless told, and keeps the results. Built from the store at
 * every start: what waited waits, and what was under way is begun again.
 */
export class Jobs {
  readonly events = new JobEvents();
  readonly store: JobStore;
  readonly files: PictureFiles;
  private readonly options: JobsOptions;
  private readonly queue = new JobQueue();
  private readonly running = new Map<string, AbortController>();
  /** Each takes one job after the other. */
  private readonly lanes = new Set<Promise<void>>();
  private isStopping = false;
  /** Of the last jobs, to say when to come again. */
  private meanSeconds = 10;

  constructor(options: JobsOptions) {
    this.options = options;
    this.store = new JobStore(options.dataFolder);
    this.files = new PictureFiles(options.dataFolder);
    options.metrics.waiting(() => this.queue.size);
    options.metrics.running(() => this.running.size);
  }

  /** Takes up what the last process left. */
  async recover(): Promise<void> {
    for (const job of this.store.unfinishedJobs()) {
      if (job.state === 'running') {
        if (job.attempts >= mostAttempts) {
          const error = new StablePoseError(
            'internal',
            `The server ended ${job.attempts} times while it made this request, and does not try again.`,
            { remedy: 'Ask for less (smaller, fewer pictures); it may have run out of memory.' },
          );
          await this.store.fail(job.id, error);
          continue;
        }
        await this.store.requeue(job.id);
      }
      this.queue.add(job);
    }
    await this.files.sweep((id) => this.store.has(id));
    if (this.queue.size > 0)
      this.options.log.info({ jobs: this.queue.size }, 'took up jobs of an earlier run');
    this.wake();
  }

  get counts(): { readonly waiting: number; readonly running: number } {
    return { waiting: this.queue.size, running: this.running.size };
  }

  /**
   * Keeps a job, on the disk when this resolves. The same key and request give the same job.
   * @throws what checking the request throws; server-busy, idempotency-conflict, disk-full, write-failed
   */
  async submit(submission: Submission): Promise<{ readonly job: JobRecord; readonly isNew: boolean }> {
    const { client, priority = 'normal', key } = submission;
    const { engine, limits } = this.options;
    if (this.isStopping) throw this.busy('The server is stopping.');
    const request = checkRequest(submission.request, await engine.models(), limits);
    const text = JSON.stringify(request);
    const bodyHash = createHash('sha256').update(text).digest('base64');
    const keyed = key === undefined ? {} : { key: { name: key, bodyHash } };
    // A repeated request is answered even when nothing new is taken: it costs nothing.
    const known = keyed.key && this.store.find(client, keyed.key);
    if (known) {
      await this.store.flushed();
      return { job: known, isNew: false };
    }
    if (this.queue.size >= limits.waiting || this.queue.sizeOf(client) >= limits.waitingPerClient) {
      const isFull = this.queue.size >= limits.waiting;
      const busy = this.busy(
        isFull
          ? `The server has ${this.queue.size} jobs waiting, as many as it takes.`
          : `This client has ${this.queue.sizeOf(client)} jobs waiting, as many as one may.`,
      );
      this.options.metrics.refused.inc({ reason: isFull ? 'full' : 'client' });
      throw busy;
    }
    const { record, isNew } = await this.store.submit({
      client,
      priority,
      prompt: request.prompt.slice(0, 500),
      request: text,
      ...keyed,
    });
    if (isNew) {
      const { log, logPrompts } = this.options;
      log.info({ job: record.id, priority, ...(logPrompts ? { prompt: record.prompt } : {}) }, 'job taken');
      this.options.metrics.submitted.inc({ priority });
      // Before it is flushed: whatever becomes of the answer, what is in the store is made.
      this.queue.add(record);
      this.wake();
    }
    await this.store.flushed();
    return { job: record, isNew };
  }

  get(id: string): JobRecord {
    return this.store.get(id);
  }

  /** Jobs that run or will run before this one; undefined when it does not wait. */
  ahead(id: string): number | undefined {
    const place = this.queue.order().findIndex((job) => job.id === id);
    return place < 0 ? undefined : place + this.running.size;
  }

  /** Ends a job that waits or runs. A final one stays as it is. @throws job-not-found */
  async cancel(id: string): Promise<JobRecord> {
    const job = this.store.get(id);
    if (isFinal(job.state)) return job;
    const running = this.running.get(id);
    if (running) {
      running.abort();
      // An engine looks between two steps; a long one is not waited for.
      await this.settled(id, AbortSignal.timeout(5000)).catch(() => {});
    } else {
      this.queue.remove(id);
      await this.store.fail(id, new StablePoseError('cancelled', 'The job was cancelled.'));
      this.ended(id);
    }
    return this.store.get(id);
  }

  /** Forgets a job that is final, with its pictures. @throws job-not-found; not-supported while it is not final */
  async remove(id: string): Promise<void> {
    const job = this.store.get(id);
    if (!isFinal(job.state)) {
      throw new StablePoseError('not-supported', 'A job that waits or runs cannot be removed.', {
        remedy: 'Cancel it first.',
      });
    }
    await this.store.remove([id]);
    await this.files.remove(id);
  }

  /** Resolves when the job is final. @throws cancelled when the signal is aborted first: the job goes on */
  async settled(id: string, signal?: AbortSignal): Promise<JobRecord> {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const job = this.store.get(id);
          if (!isFinal(job.state)) return;
          done();
          resolve(job);
        } catch (error) {
          done();
          reject(error);
        }
      };
      const stop = () => {
        done();
        reject(new StablePoseError('cancelled', 'Nobody waits for the job any more.'));
      };
      const unlisten = this.events.listen(id, look);
      const done = () => {
        unlisten();
        signal?.removeEventListener('abort', stop);
      };
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted) stop();
      else look();
    });
  }

  /** Takes nothing more; gives the running job `graceMs`, then puts it back to wait for the next start. */
  async stop(graceMs: number): Promise<void> {
    this.isStopping = true;
    const timer = setTimeout(() => {
      for (const controller of this.running.values()) controller.abort('stopping');
    }, graceMs);
    await Promise.all(this.lanes);
    clearTimeout(timer);
  }

  /** After {@link Jobs.stop}, when nobody asks any more. */
  async close(): Promise<void> {
    await this.store.close();
  }

  private busy(message: string): StablePoseError {
    const jobs = this.queue.size + 1;
    const retryAfterSeconds = Math.min(
      600,
      Math.max(1, Math.ceil((this.meanSeconds * Math.min(jobs, 10)) / 10)),
    );
    return new StablePoseError('server-busy', message, {
      remedy: `Come again in ${retryAfterSeconds} s.`,
      details: { retryAfterSeconds, waiting: this.queue.size },
    });
  }

  private wake(): void {
    if (this.isStopping) return;
    const more = Math.min(this.options.concurrency - this.lanes.size, this.queue.size);
    for (let i = 0; i < more; i++) {
      const lane = this.runAll().finally(() => {
        this.lanes.delete(lane);
        if (this.queue.size > 0) this.wake();
      });
      this.lanes.add(lane);
    }
  }

  private async runAll(): Promise<void> {
    while (!this.isStopping) {
      const next = this.queue.take();
      if (next === undefined) return;
      let isBegun = false;
      try {
        isBegun = await this.store.begin(next.id);
      } catch (error) {
        // The disk fails: the job waits until it does not.
        this.options.log.error(
          { job: next.id, error: StablePoseError.from(error).toJSON() },
          'a job cannot begin',
        );
        this.queue.add(next);
        await pause(retryStoreMs);
        continue;
      }
      if (isBegun) await this.run(this.store.get(next.id));
    }
  }

  /** Keeps what a job made. Work of minutes is not thrown away because the disk is full: it waits until there is room. */
  private async finishDurably(id: string, result: GenerationResult, signal: AbortSignal): Promise<void> {
    const { files, pictures } = encodeResult(result);
    while (true) {
      try {
        await this.files.write(id, files);
        await this.store.finish(id, { pictures, timings: result.timings as Record<string, number> });
        return;
      } catch (cause) {
        const error = StablePoseError.from(cause);
        this.options.log.error({ job: id, error: error.toJSON() }, 'a result cannot be kept');
        if (error.code !== 'disk-full') throw error;
        // Who cancels or waited too long is told; a server that stops makes it again at its next start.
        throwIfCancelled(signal);
        await pause(retryStoreMs);
      }
    }
  }

  /** Keeps how a job ended, however often the disk refuses. */
  private async failDurably(id: string, error: StablePoseError): Promise<void> {
    while (true) {
      try {
        await this.store.fail(id, error);
        return;
      } catch (cause) {
        this.options.log.error(
          { job: id, error: StablePoseError.from(cause).toJSON() },
          'an end cannot be kept',
        );
        // At the next start it is begun again.
        if (this.isStopping) return;
        await pause(retryStoreMs);
      }
    }
  }

  private async run(job: JobRecord): Promise<void> {
    const { engine, limits, log, metrics } = this.options;
    const { id } = job;
    const controller = new AbortController();
    this.running.set(id, controller);
    this.events.changed(id);
    for (const waiting of this.queue.order()) this.events.changed(waiting.id);
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      controller.abort();
    }, limits.jobSeconds * 1000);
    const begun = performance.now();
    let outcome = 'done';
    try {
      const request = JSON.parse(this.store.requestOf(id)) as Record<string, unknown>;
      const options: QueueGenerateOptions = {
        signal: controller.signal,
        onProgress: (progress) => this.events.add(id, wireProgress(progress)),
        priority: job.priority,
      };
      const result = await engine.generate(request, options);
      await this.finishDurably(id, result, controller.signal);
      this.meanSeconds = 0.8 * this.meanSeconds + (0.2 * (performance.now() - begun)) / 1000;
    } catch (error) {
      const failure = StablePoseError.from(error);
      if (failure.code === 'cancelled' && controller.signal.reason === 'stopping') {
        outcome = 'put back';
        await this.store.requeue(id, true).catch(() => {});
      } else {
        const told = isLate ? late(limits.jobSeconds, error) : failure;
        outcome = told.code;
        await this.files.remove(id).catch(() => {});
        await this.failDurably(id, told);
      }
    } finally {
      clearTimeout(timer);
      this.running.delete(id);
      const seconds = (performance.now() - begun) / 1000;
      metrics.finished.inc({ outcome });
      metrics.jobSeconds.observe(seconds);
      log.info({ job: id, outcome, seconds: Number(seconds.toFixed(3)) }, 'job ended');
      this.ended(id);
    }
    await this.prune().catch((error: unknown) =>
      log.error({ error: String(error) }, 'old jobs cannot be removed'),
    );
  }

  private ended(id: string): void {
    this.events.changed(id);
    setTimeout(() => this.events.forget(id), forgetAfterMs).unref();
  }

  private async prune(): Promise<void> {
    const surplus = this.store.surplus(this.options.limits.keptJobs);
    if (surplus.length === 0) return;
    for (const id of await this.store.remove(surplus)) await this.files.remove(id);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function late(seconds: number, cause: unknown): StablePoseError {
  return new StablePoseError(
    'timeout',
    `The job took longer than the ${seconds} s that the server gives one.`,
    {
      remedy: 'Ask for less (smaller, fewer steps or pictures), or give jobs more time.',
      cause,
    },
  );
}

function wireProgress(progress: EngineProgress): WireProgress {
  if (!('preview' in progress) || progress.preview === undefined) return progress as WireProgress;
  const { preview, ...rest } = progress;
  return { ...rest, preview: base64Png(preview) };
}

function base64Png(picture: Raster): string {
  return Buffer.from(encodePng(picture)).toString('base64');
}

function encodeResult({ pictures }: GenerationResult): {
  readonly files: Map<string, Uint8Array>;
  readonly pictures: PictureRecord[];
} {
  const files = new Map<string, Uint8Array>();
  const encode = (picture: GeneratedPicture, place: string): PictureRecord => {
    const { raster, seed, request, hint, score, others, warnings } = picture;
    const png = encodePng(raster);
    files.set(pictureName(place, 'picture'), png);
    if (hint) files.set(pictureName(place, 'hint'), encodePng(hint));
    return {
      seed,
      width: raster.width,
      height: raster.height,
      bytes: png.length,
      hasHint: hint !== undefined,
      ...(score === undefined ? {} : { score }),
      ...(others === undefined ? {} : { others: others.map((other, i) => encode(other, `${place}-${i}`)) }),
      warnings,
      request: withoutPictures(request),
    };
  };
  return { files, pictures: pictures.map((picture, i) => encode(picture, `${i}`)) };
}

import {
  type DetectedPerson,
  type DetectOptions,
  decodePng,
  encodePng,
  type GeneratedPicture,
  type GenerationRequest,
  type GenerationRequestInput,
  type GenerationResult,
  type MatteOptions,
  parseRequest,
  type Raster,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import type {
  EngineDescription,
  EngineGenerateOptions,
  EngineModel,
  EngineProgress,
  GenerationEngine,
} from '../generation-engine.ts';
import { isThisMachine } from '../is-this-machine.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { Connection, type ConnectionOptions, randomName } from './connection.ts';
import { followJob } from './follow-job.ts';
import { isOutOfReach } from './is-out-of-reach.ts';
import { Patience, sleep } from './patience.ts';
import {
  describeSchema,
  historySchema,
  idempotencyHeader,
  jobSchema,
  modelsSchema,
  type Priority,
  peopleSchema,
  resultSchema,
  type WireJob,
  type WireProgress,
  type WireResult,
} from './protocol.ts';
import { withPictures } from './request-pictures.ts';

export interface RemoteEngineOptions extends ConnectionOptions {
  /** `normal` unless told. */
  readonly priority?: Priority;
  /** How long a server that was there may be away before a call gives up, ms. A minute unless told. */
  readonly patienceMs?: number;
  /** When the server takes no more: come again when it says (unless told), or fail with `server-busy`. */
  readonly whenBusy?: 'wait' | 'fail';
}

/** Detectors answer in seconds, on a slow machine in a minute. */
const workTimeoutMs = 300_000;

/** A job of the server's history. */
export type PastJob = WireJob & { readonly prompt: string };

/**
 * An engine that lies behind a server. Follows its jobs across broken connections and restarts: a request is made once,
 * however often it has to be sent. For Node and pages; brings no runtime.
 */
export class RemoteEngine implements GenerationEngine {
  private readonly options: RemoteEngineOptions;
  private readonly connection: Connection;
  private isClosed = false;
  /** Of calls under way. One signal for all would gather a listener a call. */
  private readonly calls = new Set<AbortController>();
  private readonly underWay = new Set<Promise<unknown>>();
  private wasReached = false;
  /** Of requests whose end never arrived: the same one asked for again is the same job. */
  private readonly lost = new WeakMap<GenerationRequestInput, string>();

  /** @throws invalid-input when the address is none */
  constructor(options: RemoteEngineOptions) {
    this.options = options;
    this.connection = new Connection(options);
  }

  async describe(): Promise<EngineDescription> {
    this.checkOpen();
    const { server: _, ...description } = await this.connection.json('/server', describeSchema);
    this.wasReached = true;
    const { hostname, host } = new URL(this.connection.address);
    const isHere = isThisMachine(hostname);
    return {
      ...description,
      kind: 'remote',
      name: isHere ? 'Server on this computer' : `Server at ${host}`,
      place: isHere ? description.place : 'elsewhere',
    };
  }

  async models(): Promise<readonly EngineModel[]> {
    this.checkOpen();
    const { models } = await this.connection.json('/models', modelsSchema);
    this.wasReached = true;
    return models as unknown as readonly EngineModel[];
  }

  /**
   * As the port has it; besides: server-unreachable (`details.reason` says why), unauthorized, forbidden, protocol-mismatch,
   * server-busy where that is asked for, timeout. When the server was lost on the way, the same object given again is the same
   * job, which the server may have ended meanwhile.
   */
  async generate(
    input: GenerationRequestInput,
    options: EngineGenerateOptions = {},
  ): Promise<GenerationResult> {
    this.checkOpen();
    const request = parseRequest(input);
    throwIfCancelled(options.signal);
    const key = this.lost.get(input) ?? randomName();
    this.lost.delete(input);
    try {
      return await this.during(options.signal, (signal) => this.make(request, key, { ...options, signal }));
    } catch (error) {
      if (isOutOfReach(StablePoseError.from(error))) this.lost.set(input, key);
      throw error;
    }
  }

  async detectPose(picture: Raster, options: DetectOptions = {}): Promise<readonly DetectedPerson[]> {
    this.checkOpen();
    throwIfCancelled(options.signal);
    const { boxes, maxPeople } = options;
    const json = { picture: toBase64(encodePng(picture)), boxes, maxPeople };
    return this.during(options.signal, async (signal) => {
      const call = { json, signal, timeoutMs: workTimeoutMs };
      const { people } = await this.persist(
        () => this.connection.json('/poses/detect', peopleSchema, call),
        signal,
      );
      return people as unknown as readonly DetectedPerson[];
    });
  }

  async matte(picture: Raster, options: MatteOptions = {}): Promise<Raster> {
    this.checkOpen();
    throwIfCancelled(options.signal);
    const json = { picture: toBase64(encodePng(picture)) };
    return this.during(options.signal, async (signal) => {
      const call = { json, signal, timeoutMs: workTimeoutMs };
      return decodePng(await this.persist(() => this.connection.bytes('/matte', call), signal));
    });
  }

  /** The server's jobs, the newest first; `next` begins the following page. */
  async history(
    options: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<{ readonly jobs: readonly PastJob[]; readonly next?: string }> {
    this.checkOpen();
    const query = new URLSearchParams();
    if (options.limit !== undefined) query.set('limit', String(options.limit));
    if (options.before !== undefined) query.set('before', options.before);
    return this.connection.json(`/history?${query}`, historySchema);
  }

  /** What a job of the history made. The requests lack the pictures that they held. @throws job-not-found */
  async pastResult(id: string): Promise<GenerationResult> {
    this.checkOpen();
    return this.during(undefined, (signal) => this.fetchResult(id, undefined, signal));
  }

  async dispose(): Promise<void> {
    this.isClosed = true;
    for (const call of this.calls) call.abort();
    await Promise.allSettled(this.underWay);
  }

  /** Work that ends with the engine. */
  private async during<T>(
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const follow = () => controller.abort(signal?.reason);
    signal?.addEventListener('abort', follow, { once: true });
    this.calls.add(controller);
    const working = work(controller.signal);
    this.underWay.add(working);
    try {
      return await working;
    } finally {
      this.underWay.delete(working);
      this.calls.delete(controller);
      signal?.removeEventListener('abort', follow);
    }
  }

  private checkOpen(): void {
    if (!this.isClosed) return;
    throw new StablePoseError('engine-closed', 'The engine was disposed and then used.', {
      remedy: 'Make a new one.',
    });
  }

  private async make(
    request: GenerationRequest,
    key: string,
    options: EngineGenerateOptions & { readonly signal: AbortSignal },
  ): Promise<GenerationResult> {
    const { signal } = options;
    const begun = performance.now();
    let isSettled = false;
    let latest = 0;
    const tell = (progress: EngineProgress) => {
      if (isSettled || signal.aborted) return;
      // One clock for waiting and working, and it runs forward.
      latest = Math.max(latest, (performance.now() - begun) / 1000);
      options.onProgress?.({ ...progress, secondsElapsed: latest });
    };
    // Aborting answers at once; the server is told beside it.
    const aborted = new Promise<never>((_, reject) => {
      const stop = () =>
        reject(new StablePoseError('cancelled', 'The work was cancelled.', { cause: signal.reason }));
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
    });
    aborted.catch(() => {});
    try {
      const submitted = this.submit(request, key, { signal, tell });
      // A job that was taken after all is given up too.
      submitted.then(
        ({ id }) => this.cancelWhenAborted(id, signal, () => isSettled),
        () => {},
      );
      const { id } = await Promise.race([submitted, aborted]);
      const end = await Promise.race([
        followJob(this.connection, id, {
          signal,
          patience: this.patience(),
          showPreviews: request.previews.how !== 'none',
          onJob: ({ state, ahead }) => {
            if (state === 'queued') tell(inLine(ahead));
          },
          onProgress: (progress) => tell(readProgress(progress)),
          onAway: () => tell(away),
        }),
        aborted,
      ]);
      if (end.state === 'cancelled')
        throw new StablePoseError('cancelled', 'The job was cancelled at the server.');
      if (end.state === 'failed') throw StablePoseError.from(end.error);
      return await Promise.race([this.fetchResult(id, request, signal), aborted]);
    } finally {
      isSettled = true;
    }
  }

  /** Sends the request until the server has it, always under the same key. */
  private submit(
    request: GenerationRequest,
    key: string,
    { signal, tell }: { readonly signal: AbortSignal; readonly tell: (progress: EngineProgress) => void },
  ): Promise<WireJob> {
    const { priority = 'normal' } = this.options;
    return this.persist(
      // Not cut off by the signal: who does not know whether it arrived cannot cancel it.
      () =>
        this.connection.json('/jobs', jobSchema, {
          json: { request, priority },
          headers: { [idempotencyHeader]: key },
          timeoutMs: 120_000,
        }),
      signal,
      {
        onBusy: (ahead) => tell(inLine(ahead)),
        onAway: () => tell(away),
      },
    );
  }

  /** Does what may be done twice, until a server that is away is back and one that takes no more takes it. */
  private async persist<T>(
    work: () => Promise<T>,
    signal: AbortSignal,
    {
      onBusy,
      onAway,
    }: { readonly onBusy?: (waiting: number | undefined) => void; readonly onAway?: () => void } = {},
  ): Promise<T> {
    const { whenBusy = 'wait' } = this.options;
    const patience = this.patience();
    while (true) {
      throwIfCancelled(signal);
      try {
        const value = await work();
        this.wasReached = true;
        return value;
      } catch (error) {
        const failure = StablePoseError.from(error);
        if (failure.code === 'server-busy' && whenBusy === 'wait') {
          const { retryAfterSeconds, waiting } = failure.details;
          onBusy?.(typeof waiting === 'number' ? waiting : undefined);
          await sleep((typeof retryAfterSeconds === 'number' ? retryAfterSeconds : 5) * 1000, signal);
          continue;
        }
        // A server that was never there is not waited for: the address may be wrong.
        const mayComeBack = this.wasReached || failure.details.reason === 'broken-off';
        if (!mayComeBack || !patience.endures(failure)) throw failure;
        onAway?.();
        await patience.pause(signal);
      }
    }
  }

  private cancelWhenAborted(id: string, signal: AbortSignal, isSettled: () => boolean): void {
    const cancel = () => {
      const told = this.connection.call(`/jobs/${id}/cancel`, { method: 'POST', timeoutMs: 10_000 }).then(
        () => {},
        () => {},
      );
      this.underWay.add(told);
      void told.finally(() => this.underWay.delete(told));
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', () => isSettled() || cancel(), { once: true });
  }

  private async fetchResult(
    id: string,
    request: GenerationRequest | undefined,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    const patience = this.patience();
    const stubbornly = async <T>(work: () => Promise<T>): Promise<T> => {
      while (true) {
        try {
          const value = await work();
          patience.renew();
          return value;
        } catch (error) {
          const failure = StablePoseError.from(error);
          if (!patience.endures(failure)) throw failure;
          await patience.pause(signal);
        }
      }
    };
    const { pictures, timings } = await stubbornly(() =>
      this.connection.json(`/jobs/${id}/result`, resultSchema, { signal }),
    );
    const read = async (url: string) =>
      decodePng(await stubbornly(() => this.connection.bytes(url, { signal })));
    const fetchPicture = async (picture: WirePicture): Promise<GeneratedPicture> => {
      const made: GeneratedPicture = {
        raster: await read(picture.url),
        seed: picture.seed,
        request: withPictures(picture.request, request),
        ...(picture.hintUrl === undefined ? {} : { hint: await read(picture.hintUrl) }),
        ...(picture.score === undefined ? {} : { score: picture.score }),
        warnings: picture.warnings,
      };
      if (picture.others === undefined) return made;
      const others: GeneratedPicture[] = [];
      for (const other of picture.others) others.push(await fetchPicture(other));
      return { ...made, others };
    };
    const made: GeneratedPicture[] = [];
    for (const picture of pictures) made.push(await fetchPicture(picture));
    return { pictures: made, timings: timings as GenerationResult['timings'] };
  }

  private patience(): Patience {
    return new Patience(this.options.patienceMs ?? 60_000);
  }
}

function inLine(ahead: number | undefined): EngineProgress {
  return { stage: 'wait', secondsElapsed: 0, ...(ahead === undefined ? {} : { ahead }) };
}

const away: EngineProgress = { stage: 'wait', isAway: true, secondsElapsed: 0 };

function readProgress(progress: WireProgress): EngineProgress {
  if (progress.stage === 'wait' || progress.stage === 'fetch') return progress;
  const { preview, ...rest } = progress;
  return preview === undefined ? rest : { ...rest, preview: decodePng(fromBase64(preview)) };
}

type WirePicture = WireResult['pictures'][number];

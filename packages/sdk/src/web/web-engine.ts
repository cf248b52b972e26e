import {
  type DetectedPerson,
  type DetectOptions,
  type GenerationRequestInput,
  type GenerationResult,
  type MatteOptions,
  parseRequest,
  type Raster,
  StablePoseError,
} from '@stable-pose/core';
import type {
  EngineDescription,
  EngineGenerateOptions,
  EngineModel,
  EngineProgress,
  GenerationEngine,
} from '../generation-engine.ts';
import { linkedAbort } from '../linked-abort.ts';
import type { ChosenCore } from './choose-core.ts';
import type { EngineCore } from './engine-core.ts';
import type { GivenAdapter, GivenModel } from './given-model.ts';
import { isWebKit } from './is-web-kit.ts';
import type { WebModelStore } from './store/web-model-store.ts';

export interface WebEngineParts {
  /** Starts a core; called again when a device is lost. */
  readonly openCore: (signal: AbortSignal) => Promise<ChosenCore>;
  /** At least one, unless the store has some. */
  readonly models: readonly GivenModel[];
  readonly store?: WebModelStore;
  /** The core was started with a detector of poses. */
  readonly canDetectPose?: boolean;
  /** The core was started with the network for mattes. */
  readonly canMatte?: boolean;
}

/** Codes after which a core is of no more use: its device is gone, or its heap, which never shrinks, is full. */
const ruinous = ['device-lost', 'out-of-memory'];
const closingMs = 5000;

/** One core, one request at a time; a lost device is replaced, and the request it ran is made once more. */
export class WebEngine implements GenerationEngine {
  readonly store?: WebModelStore;
  private readonly parts: WebEngineParts;
  private readonly closed = new AbortController();
  private chosen: Promise<ChosenCore> | undefined;
  /** What the core has been handed, in the order of asking; forgotten with the core. */
  private added = new Map<string, EngineModel>();
  /** Ids of the store's adapters that the core's models were opened with. */
  private addedAdapters = '';
  /** Models of the store that could not be opened, and why. */
  private readonly refused = new Map<string, StablePoseError>();
  private queue: Promise<unknown> = Promise.resolve();
  private waiting = 0;

  constructor(parts: WebEngineParts) {
    this.parts = parts;
    if (parts.store) this.store = parts.store;
  }

  /** The device has started and the given models are open. @throws what starting and opening throw */
  async start(): Promise<void> {
    await this.inTurn(() => this.addModels());
  }

  async describe(): Promise<EngineDescription> {
    this.checkOpen();
    const { core, device, thread, advice } = await this.core();
    const where = thread === 'worker' ? 'in a worker' : 'in the page itself';
    const store =
      this.store?.kind === 'memory' ? ['This page may keep nothing: models are gone with it.'] : [];
    const webKit =
      device === 'wasm' && isWebKit()
        ? ['WebKit has no graphics card for pictures: onnxruntime would fill the memory of the computer.']
        : [];
    const busy =
      thread === 'main' ? ['The page may stutter while a picture is made: its frame has no worker.'] : [];
    return {
      kind: 'web',
      name: 'This browser',
      place: 'this-device',
      device: `${core.device}, ${where}`,
      can: { detectPose: this.parts.canDetectPose ?? false, matte: this.parts.canMatte ?? false },
      limits: {},
      isFasterAtServer: device === 'wasm',
      advice: [
        ...advice,
        ...webKit,
        ...busy,
        ...store,
        ...[...this.refused].map(([id, { message }]) => `The model ${id} cannot be opened: ${message}`),
      ],
    };
  }

  async models(): Promise<readonly EngineModel[]> {
    this.checkOpen();
    return this.inTurn(() => this.addModels());
  }

  async generate(
    input: GenerationRequestInput,
    { signal, onProgress }: EngineGenerateOptions = {},
  ): Promise<GenerationResult> {
    this.checkOpen();
    const request = parseRequest(input);
    const started = performance.now();
    let isSettled = false;
    const tell = (progress: EngineProgress) => {
      if (!isSettled && !signal?.aborted) onProgress?.(progress);
    };
    if (this.waiting > 0) tell({ stage: 'wait', ahead: this.waiting, secondsElapsed: 0 });
    try {
      return await this.withSecondTry((own) => {
        const secondsWaited = (performance.now() - started) / 1000;
        return this.makeOnce(request, {
          signal: own,
          onProgress: (progress) => {
            if (!own.aborted) tell({ ...progress, secondsElapsed: progress.secondsElapsed + secondsWaited });
          },
        });
      }, signal);
    } finally {
      isSettled = true;
    }
  }

  async detectPose(picture: Raster, options: DetectOptions = {}): Promise<readonly DetectedPerson[]> {
    this.checkOpen();
    if (!this.parts.canDetectPose) throw notSupported('Finding poses in pictures', 'detector');
    return this.withSecondTry(
      (signal) => this.useCore((core) => core.detectPose(picture, { ...options, signal })),
      options.signal,
    );
  }

  async matte(picture: Raster, options: MatteOptions = {}): Promise<Raster> {
    this.checkOpen();
    if (!this.parts.canMatte) throw notSupported('Cutting people out of pictures', 'eyes');
    return this.withSecondTry(
      (signal) => this.useCore((core) => core.matte(picture, { signal })),
      options.signal,
    );
  }

  async dispose(): Promise<void> {
    if (this.closed.signal.aborted) return;
    this.closed.abort();
    await this.dropCore(closingMs);
  }

  private async makeOnce(
    request: ReturnType<typeof parseRequest>,
    run: { readonly signal: AbortSignal; readonly onProgress: (progress: EngineProgress) => void },
  ): Promise<GenerationResult> {
    const models = await this.addModels();
    const id = request.model ?? models[0]?.id;
    const refused = id === undefined ? undefined : this.refused.get(id);
    if (refused) throw refused;
    if (id === undefined || !models.some((model) => model.id === id)) {
      throw new StablePoseError(
        'model-not-found',
        id === undefined ? 'This engine has no model.' : `There is no model ${JSON.stringify(id)}.`,
        {
          remedy:
            models.length > 0
              ? `There are: ${models.map((model) => model.id).join(', ')}.`
              : 'Hand one over, or fetch one into the store.',
        },
      );
    }
    return this.useCore((core) => core.generate(id, request, run));
  }

  /** Work in its turn, made once more when the device is lost in it. Rejects as soon as it is cancelled. */
  private async withSecondTry<T>(
    work: (signal: AbortSignal) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const link = linkedAbort(signal, this.closed.signal);
    const turn = this.inTurn(async () => {
      try {
        return await work(link.signal);
      } catch (error) {
        if (StablePoseError.from(error).code !== 'device-lost' || link.signal.aborted) throw error;
        return await work(link.signal);
      }
    }, link.signal);
    try {
      return await orAborted(turn, link.signal);
    } finally {
      link.unlink();
    }
  }

  private async useCore<T>(work: (core: EngineCore) => Promise<T>): Promise<T> {
    const { core } = await this.core();
    try {
      return await work(core);
    } catch (error) {
      const { code } = StablePoseError.from(error);
      // A device that is gone has nothing to give back, and may never answer.
      if (ruinous.includes(code)) await this.dropCore(code === 'device-lost' ? 0 : closingMs);
      throw error;
    }
  }

  /** Hands the core what it does not have: the given models, and what lies in the store as a whole. */
  private async addModels(): Promise<readonly EngineModel[]> {
    const { core } = await this.core();
    const { store } = this;
    const given = new Map<string, () => Promise<GivenModel>>();
    for (const model of this.parts.models) given.set(model.id ?? 'model', async () => model);
    const adapters: string[] = [];
    for (const { id, isComplete, kind } of (await store?.list()) ?? []) {
      if (!isComplete || !store || given.has(id)) continue;
      if (kind === 'adapter') adapters.push(id);
      else given.set(id, async () => ({ id, files: await store.files(id) }));
    }
    // Models are opened with what there is to go with them; another set opens them anew.
    const isStale = adapters.join() !== this.addedAdapters;
    const toOpen = [...given].filter(([id]) => (isStale || !this.added.has(id)) && !this.refused.has(id));
    const moreAdapters = store && toOpen.length > 0 ? await readAdapters(store, adapters) : {};
    const own = new Set(this.parts.models.map(({ id = 'model' }) => id));
    for (const [id, open] of toOpen) {
      try {
        this.added.set(id, await core.addModel({ ...(await open()), moreAdapters }));
      } catch (error) {
        // One bad file in the store takes nothing from the others.
        if (own.has(id) || ruinous.includes(StablePoseError.from(error).code)) throw error;
        this.refused.set(id, StablePoseError.from(error));
      }
    }
    this.addedAdapters = adapters.join();
    for (const id of this.refused.keys()) if (!given.has(id)) this.refused.delete(id);
    for (const id of [...this.added.keys()]) {
      if (given.has(id)) continue;
      await core.removeModel(id);
      this.added.delete(id);
    }
    return [...this.added.values()];
  }

  private async core(): Promise<ChosenCore> {
    this.chosen ??= this.parts.openCore(this.closed.signal);
    try {
      const chosen = await this.chosen;
      if (this.closed.signal.aborted) await chosen.core.close();
      this.checkOpen();
      return chosen;
    } catch (error) {
      this.chosen = undefined;
      throw error;
    }
  }

  /** The next use starts a fresh one. @param ms that closing may take; then it goes on by itself */
  private async dropCore(ms: number): Promise<void> {
    const { chosen } = this;
    this.chosen = undefined;
    this.added = new Map();
    const closing = chosen?.then(({ core }) => core.close()).catch(() => {});
    await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, ms))]);
  }

  /** One thing at a time, in the order of asking. */
  private inTurn<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    this.waiting++;
    const turn = this.queue
      .then(() => {
        this.checkOpen();
        if (signal?.aborted) throw cancelled(signal);
        return work();
      })
      .finally(() => {
        this.waiting--;
      });
    this.queue = turn.catch(() => {});
    return turn;
  }

  private checkOpen(): void {
    if (!this.closed.signal.aborted) return;
    throw new StablePoseError('engine-closed', 'This engine was disposed.', { remedy: 'Make a new one.' });
  }
}

/** Those that can be read: a model is good without an adapter that is damaged, or that another page has just removed. */
async function readAdapters(
  store: WebModelStore,
  ids: readonly string[],
): Promise<Readonly<Record<string, GivenAdapter>>> {
  const adapters: Record<string, GivenAdapter> = {};
  for (const id of ids) {
    try {
      adapters[id] = { files: await store.files(id) };
    } catch {
      // As one that cannot be opened.
    }
  }
  return adapters;
}

/** Rejects as soon as the signal is aborted; what runs goes on to the end of its step. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = () => reject(cancelled(signal));
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', cancel));
  });
}

const cancelled = (signal: AbortSignal): StablePoseError =>
  new StablePoseError('cancelled', 'The generation was cancelled.', { cause: signal.reason });

const notSupported = (what: string, option: string): StablePoseError =>
  new StablePoseError(
    'not-supported',
    `${what} is not possible in this engine: it was made without the files.`,
    {
      remedy: `Hand them over, createWebEngine({ ${option} }), or use an engine whose describe().can says so.`,
    },
  );

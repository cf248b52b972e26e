import {
  type AdapterSource,
  createPipeline,
  type DetectedPerson,
  type DetectOptions,
  type GenerationRequestInput,
  type GenerationResult,
  type GraphRuntime,
  type MatteOptions,
  type ModelSource,
  type PersonMatter,
  type Pipeline,
  type PoseDetector,
  parseRequest,
  type Raster,
  StablePoseError,
} from '@stable-pose/core';
import type {
  EngineDescription,
  EngineGenerateOptions,
  EngineLimits,
  EngineModel,
  EngineProgress,
  GenerationEngine,
} from './generation-engine.ts';
import type { ModelStore } from './model-store.ts';
import { TurnQueue } from './turn-queue.ts';

/** A model with its adapters, opened. */
export interface OpenedModel {
  readonly model: ModelSource;
  /** By the names that requests say; the first is used with poses when a request names none. */
  readonly adapters: Readonly<Record<string, AdapterSource>>;
  /** On disk, where known. */
  readonly bytes?: number;
  dispose(): Promise<void>;
}

/** A model that can be opened. */
export interface LocalModel {
  /** Tells it from the others, now and later: a path, an address. */
  readonly key: string;
  /** What requests say; the model's own name when absent. */
  readonly id?: string;
  /** @throws what opening the files throws */
  open(): Promise<OpenedModel>;
}

export interface LocalEngineOptions {
  readonly kind: string;
  /** Shown to people. */
  readonly name: string;
  /** What can be asked for at this moment; the first is used when a request names none. */
  readonly models: () => Promise<readonly LocalModel[]>;
  /**
   * Called before the first work, and again when that failed. The engine disposes the runtime.
   * @throws runtime-missing, device-unavailable, device-wrong, cancelled
   */
  readonly startRuntime: (signal?: AbortSignal) => Promise<GraphRuntime>;
  /** Called before the first picture is looked at. Absent: this engine finds nobody. */
  readonly openDetector?: (runtime: GraphRuntime) => Promise<PoseDetector>;
  /** Called before the first picture is cut out. Absent: this engine cuts nobody out. */
  readonly openMatter?: (runtime: GraphRuntime) => Promise<PersonMatter>;
  readonly limits?: EngineLimits;
  /** Sentences for people, of what was found and what would help. */
  readonly advice?: () => Promise<readonly string[]>;
  readonly store?: ModelStore;
  /** See `PipelineOptions.partsInTurn`. */
  readonly partsInTurn?: boolean;
}

interface OpenPipeline {
  readonly key: string;
  readonly opened: OpenedModel;
  readonly pipeline: Pipeline;
}

/**
 * An engine over a runtime in reach of this very program: the model that is asked for is opened when it is asked for, stays
 * until another one is, and its graphs with it. One request after the other.
 */
export class LocalEngine implements GenerationEngine {
  readonly store?: ModelStore;
  private readonly options: LocalEngineOptions;
  private readonly queue = new TurnQueue();
  /** By key: what a model says of itself, read once. */
  private readonly described = new Map<string, EngineModel>();
  private runtime: Promise<GraphRuntime> | undefined;
  private detector: Promise<PoseDetector> | undefined;
  private matter: Promise<PersonMatter> | undefined;
  private open: OpenPipeline | undefined;
  private disposal: Promise<void> | undefined;

  constructor(options: LocalEngineOptions) {
    this.options = options;
    if (options.store) this.store = options.store;
  }

  async describe(): Promise<EngineDescription> {
    this.queue.checkOpen();
    const { kind, name, limits = {}, openDetector, openMatter } = this.options;
    const advice = [...((await this.options.advice?.()) ?? [])];
    let device = 'no device';
    try {
      device = (await this.startedRuntime()).description;
    } catch (error) {
      advice.unshift(StablePoseError.from(error).message);
    }
    return {
      kind,
      name,
      place: 'this-device',
      device,
      can: { detectPose: openDetector !== undefined, matte: openMatter !== undefined },
      limits,
      advice,
    };
  }

  async models(): Promise<readonly EngineModel[]> {
    this.queue.checkOpen();
    const found: EngineModel[] = [];
    for (const entry of await this.options.models()) {
      const known = await this.describeModel(entry);
      // Two files with one name inside: the second is told apart by its number.
      const same = found.filter(({ id }) => id === known.id || id.startsWith(`${known.id} (`)).length;
      found.push(same === 0 ? known : { ...known, id: `${known.id} (${same + 1})` });
    }
    return found;
  }

  async generate(
    input: GenerationRequestInput,
    options: EngineGenerateOptions = {},
  ): Promise<GenerationResult> {
    this.queue.checkOpen();
    const request = parseRequest(input);
    this.checkLimits(request);
    const begun = performance.now();
    let hasSettled = false;
    const onProgress = (progress: EngineProgress) => {
      if (!hasSettled) options.onProgress?.(progress);
    };
    try {
      return await this.queue.run(
        async (signal) => {
          const pipeline = await this.pipelineFor(request.model, signal);
          return pipeline.generate(request, { signal, onProgress });
        },
        {
          signal: options.signal,
          onWait: (ahead) =>
            onProgress({ stage: 'wait', ahead, secondsElapsed: (performance.now() - begun) / 1000 }),
        },
      );
    } finally {
      hasSettled = true;
    }
  }

  async detectPose(picture: Raster, options: DetectOptions = {}): Promise<readonly DetectedPerson[]> {
    this.queue.checkOpen();
    const { openDetector } = this.options;
    if (!openDetector) throw notSupported('find poses', 'In Node: npm install @stable-pose/movenet');
    return this.queue.run(
      async (signal) => {
        const runtime = await this.startedRuntime(signal);
        this.detector ??= openDetector(runtime).catch((error: unknown) => {
          this.detector = undefined;
          throw error;
        });
        return (await this.detector).detect(picture, { ...options, signal });
      },
      { signal: options.signal },
    );
  }

  async matte(picture: Raster, options: MatteOptions = {}): Promise<Raster> {
    this.queue.checkOpen();
    const { openMatter } = this.options;
    if (!openMatter) {
      throw notSupported(
        'cut people out: the weights of the network for it are not there',
        'In Node, name their folder: createNodeEngine({ eyes }) or STABLE_POSE_EYES.',
      );
    }
    return this.queue.run(
      async (signal) => {
        const runtime = await this.startedRuntime(signal);
        this.matter ??= openMatter(runtime).catch((error: unknown) => {
          this.matter = undefined;
          throw error;
        });
        return (await this.matter).matte(picture, { signal });
      },
      { signal: options.signal },
    );
  }

  dispose(): Promise<void> {
    this.disposal ??= this.release();
    return this.disposal;
  }

  private async release(): Promise<void> {
    await this.queue.close();
    await this.closePipeline();
    await (await this.detector?.catch(() => undefined))?.dispose();
    await (await this.matter?.catch(() => undefined))?.dispose();
    await (await this.runtime?.catch(() => undefined))?.dispose();
  }

  private startedRuntime(signal?: AbortSignal): Promise<GraphRuntime> {
    this.runtime ??= this.options.startRuntime(signal).catch((error: unknown) => {
      // The next request may start it: a cancelled start says nothing about the device.
      this.runtime = undefined;
      throw error;
    });
    return this.runtime;
  }

  private async describeModel(entry: LocalModel): Promise<EngineModel> {
    const known = this.described.get(entry.key);
    if (known) return known;
    const opened = await entry.open();
    try {
      return this.remember(entry, opened);
    } finally {
      await opened.dispose();
    }
  }

  private remember(entry: LocalModel, { model, adapters, bytes }: OpenedModel): EngineModel {
    const described: EngineModel = {
      id: entry.id ?? model.config.name,
      config: model.config,
      adapters: Object.entries(adapters).map(([name, { config }]) => ({ name, config })),
      loras: model.loras,
      embeddings: model.embeddings.map(({ token }) => token),
      ...(bytes === undefined ? {} : { bytes }),
    };
    this.described.set(entry.key, described);
    return described;
  }

  /** @throws model-not-found, and what opening the files throws */
  private async pipelineFor(id: string | undefined, signal: AbortSignal): Promise<Pipeline> {
    const entry = await this.find(id);
    if (this.open?.key !== entry.key) {
      await this.closePipeline();
      const opened = await entry.open();
      try {
        this.remember(entry, opened);
        const pipeline = createPipeline({
          runtime: await this.startedRuntime(signal),
          model: opened.model,
          adapters: opened.adapters,
          ...this.scoring(),
          ...(this.options.partsInTurn === undefined ? {} : { partsInTurn: this.options.partsInTurn }),
        });
        this.open = { key: entry.key, opened, pipeline };
      } catch (error) {
        await opened.dispose();
        throw error;
      }
    }
    if (!this.open) throw new StablePoseError('internal', 'A model was opened and is not there.');
    return this.open.pipeline;
  }

  /** The detector as a pipeline takes it: opened with the first picture that is scored, closed by this engine. */
  private scoring(): { readonly detector?: PoseDetector } {
    const { openDetector } = this.options;
    if (openDetector === undefined) return {};
    const detect: PoseDetector['detect'] = async (picture, options) => {
      this.detector ??= this.startedRuntime()
        .then(openDetector)
        .catch((error) => {
          this.detector = undefined;
          throw error;
        });
      return (await this.detector).detect(picture, options);
    };
    return { detector: { detect, dispose: async () => {} } };
  }

  private async find(id: string | undefined): Promise<LocalModel> {
    const entries = await this.options.models();
    if (entries.length === 0) {
      throw new StablePoseError('model-not-found', 'There is no model.', {
        remedy: 'Fetch one, or name its file.',
      });
    }
    if (id === undefined) return entries[0];
    const named = entries.find((entry) => entry.id === id);
    if (named) return named;
    const models = await this.models();
    const index = models.findIndex((model) => model.id === id || model.config.name === id);
    if (index >= 0) return entries[index];
    throw new StablePoseError(
      'model-not-found',
      `There is no model "${id}"; there are: ${models.map((model) => model.id).join(', ')}.`,
      { remedy: 'Name one of these, or fetch it first.', details: { model: id } },
    );
  }

  private async closePipeline(): Promise<void> {
    const { open } = this;
    this.open = undefined;
    await open?.pipeline.dispose();
    await open?.opened.dispose();
  }

  private checkLimits(request: GenerationRequestInput): void {
    const { limits = {} } = this.options;
    const { width, height, count = 1, steps } = request;
    const pixels = width !== undefined && height !== undefined ? width * height : undefined;
    const asked = { pixels, count, steps };
    for (const name of ['pixels', 'count', 'steps'] as const) {
      const [value, limit] = [asked[name], limits[name]];
      if (limit === undefined || value === undefined || value <= limit) continue;
      throw new StablePoseError(
        'limit-exceeded',
        `This engine takes requests of at most ${limit} ${name}, got ${value}.`,
        { details: { field: name, value, limit } },
      );
    }
  }
}

function notSupported(what: string, remedy: string): StablePoseError {
  return new StablePoseError('not-supported', `This engine cannot ${what}.`, { remedy });
}

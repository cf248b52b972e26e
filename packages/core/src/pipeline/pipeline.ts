import type { AdapterSource, HintConfig, ModelConfig, ModelSource } from '../contract/index.ts';
import type { PoseDetector } from '../detect/index.ts';
import { StablePoseError, throwIfCancelled } from '../errors.ts';
import type { Raster } from '../image/index.ts';
import { statedLineWidth } from '../pose/index.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import { makeNoiseSchedule } from '../scheduler/index.ts';
import { promptTokenizer } from '../text/index.ts';
import { checkAdapterFits } from './check-adapter-fits.ts';
import { countSteps } from './count-steps.ts';
import { drawDetail } from './draw-detail.ts';
import { drawHint } from './draw-hint.ts';
import { drawPictures, seedOf } from './draw-pictures.ts';
import { encodeRequestText } from './encode-request-text.ts';
import { estimateMemory, type MemoryEstimate } from './estimate-memory.ts';
import { GraphShelf } from './graph-shelf.ts';
import { fittingWay } from './loading-way.ts';
import { ModelParts } from './model-parts.ts';
import { type GenerationProgress, type GenerationStage, ProgressClock } from './progress-clock.ts';
import { readPicture } from './read-picture.ts';
import { type GenerationRequestInput, parseRequest } from './request.ts';
import { requestWarnings } from './request-warnings.ts';
import { type ResolvedRequest, resolveRequest, sizeMultiple } from './resolve-request.ts';
import { type PoseScore, scorePicture, scoreWarning } from './score-picture.ts';

/** What a pipeline runs on. All of it stays with whoever made it. */
export interface PipelineOptions {
  readonly runtime: GraphRuntime;
  readonly model: ModelSource;
  /** By the names that requests say; the first is what a request with poses uses when it names none. */
  readonly adapters?: Readonly<Record<string, AdapterSource>>;
  /** Finds the poses in finished pictures, for scores and best-of. Stays with whoever made it. */
  readonly detector?: PoseDetector;
  /**
   * Load the parts (text encoder, networks, VAE) one after the other instead of keeping them: slower, in less memory.
   * Left out: done where the runtime tells that memory is short, or when it runs out. Where even that does not fit, weights
   * are left in place, if the runtime can do that; a warning says so.
   */
  readonly partsInTurn?: boolean;
}

/** How one request is followed and stopped. */
export interface GenerateOptions {
  /** Takes effect at the next graph boundary at the latest; rejects with `cancelled`. */
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: GenerationProgress) => void;
}

/** A finished picture, with all that makes it again. */
export interface GeneratedPicture {
  readonly raster: Raster;
  readonly seed: number;
  /** Makes exactly this picture: every field filled in, count 1. */
  readonly request: ResolvedRequest;
  /** The skeletons, as the first adapter saw them; absent without poses. */
  readonly hint?: Raster;
  /** How well it keeps to the asked poses; when that was measured. */
  readonly score?: PoseScore;
  /** With best-of: the ones that this picture was chosen from, without it, best first. */
  readonly others?: readonly GeneratedPicture[];
  /** What the person should know, in sentences. */
  readonly warnings: readonly string[];
}

/** What a request became. */
export interface GenerationResult {
  /** As many as asked for, by seed; with best-of n the best of each n seeds in a row. */
  readonly pictures: readonly GeneratedPicture[];
  /** Seconds in each stage. */
  readonly timings: Readonly<Partial<Record<GenerationStage, number>>>;
}

/** Makes pictures of requests, one request after the other. */
export interface Pipeline {
  readonly config: ModelConfig;
  /**
   * @throws invalid-request, invalid-image, cancelled, out-of-memory, and what building and running graphs throws
   */
  generate(request: GenerationRequestInput, options?: GenerateOptions): Promise<GenerationResult>;
  /** What a request would need; builds its graphs, and loads none. @throws invalid-request */
  estimateMemory(request: GenerationRequestInput): Promise<MemoryEstimate>;
  /** Releases the graphs. Model, adapters and runtime stay with whoever made them. */
  dispose(): Promise<void>;
}

/** How poses are shown when no adapter looks at them. */
const unstatedHint: HintConfig = { drawing: 'stable-pose', range: [-1, 1], lineWidth: statedLineWidth };

/**
 * A pipeline over a model and its adapters. Graphs are built and loaded when they are first needed.
 * @throws tensor-mismatch when an adapter was made for another model; model-corrupt when the tokenizer cannot be read
 */
export function createPipeline(options: PipelineOptions): Pipeline {
  const { runtime, model } = options;
  const { config } = model;
  const adapters = new Map(Object.entries(options.adapters ?? {}));
  for (const [name, { config: adapter }] of adapters) checkAdapterFits(name, adapter, config);
  const adapterConfigs = new Map([...adapters].map(([name, source]) => [name, source.config]));
  const tokenizer = promptTokenizer(model.tokenizer);
  const schedule = makeNoiseSchedule(config.schedule);
  const shelf = new GraphShelf(runtime, options.partsInTurn ?? false);
  let queue: Promise<unknown> = Promise.resolve();
  const { detector } = options;
  const hasDetector = detector !== undefined;
  let isDisposed = false;

  const resolve = (input: GenerationRequestInput): ResolvedRequest => {
    const request = parseRequest(input);
    const isSizeOpen = request.image && (request.width === undefined || request.height === undefined);
    const imageSize =
      isSizeOpen && request.image ? readPicture(request.image.picture, 'image.picture') : undefined;
    return resolveRequest(request, {
      config,
      loras: model.loras,
      adapters: adapterConfigs,
      hasDetector,
      imageSize,
    });
  };
  const partsOf = (request: ResolvedRequest, signal?: AbortSignal) =>
    new ModelParts({ runtime, shelf, model, adapters, request, signal });
  const estimate = (parts: ModelParts, request: ResolvedRequest, weightsInPlace: boolean) => {
    const sizes = { width: config.unet.timestepEmbeddingWidth, factor: config.latents.factor };
    return estimateMemory(parts, shelf, request, sizes, weightsInPlace);
  };

  /** Requests share the graphs, so one waits for the other, whatever becomes of that. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(() => {
      if (isDisposed) throw new StablePoseError('internal', 'The pipeline was disposed and then used.');
      return work();
    });
    queue = turn.catch(() => {});
    return turn;
  };

  const make = async (
    request: ResolvedRequest,
    { signal, onProgress }: GenerateOptions,
  ): Promise<GenerationResult> => {
    throwIfCancelled(signal);
    const multiple = sizeMultiple(config, adapterConfigs, request.adapters);
    const attempts: ResolvedRequest = { ...request, count: request.count * request.bestOf, bestOf: 1 };
    const clock = new ProgressClock(
      attempts.count,
      countSteps(attempts, schedule, config, multiple),
      onProgress,
    );
    const parts = partsOf(request, signal);
    // Whoever wants them all there gets that, until memory runs out.
    if (options.partsInTurn !== false) {
      const way = await clock.during('load', 1, () =>
        fittingWay(shelf, runtime, (weightsInPlace) => estimate(parts, request, weightsInPlace)),
      );
      shelf.partsInTurn = way.partsInTurn;
      shelf.weightsInPlace = way.weightsInPlace;
    }
    const { text, unknownWords } = await clock.during('text', 1, () =>
      encodeRequestText(parts, model, tokenizer, request, signal),
    );
    const context = { config, adapters, parts, schedule, clock, signal, request, text };
    const drawn = await drawPictures(context, attempts);
    const { poses, outOfFrame } = request;
    const seen = adapterConfigs.get(request.adapters[0]?.model ?? '')?.hint ?? unstatedHint;
    const hint = poses.length > 0 ? drawHint(seen, poses, request, outOfFrame) : undefined;
    const warnings = [...requestWarnings(request, config, adapterConfigs)];
    if (unknownWords.length > 0) {
      warnings.push(`The model does not know these words and left them out: ${unknownWords.join(', ')}.`);
    }
    if (shelf.partsInTurn && request.previews.how === 'vae') {
      warnings.push('Parts were loaded in turn to save memory, so there were no previews by the decoder.');
    }
    if (shelf.weightsInPlace) {
      warnings.push('Memory was short, so weights were left in their files, which makes every step slower.');
    }
    const isScored = request.bestOf > 1 || request.poseScore.measure;
    if (isScored && poses.length === 0) {
      warnings.push('No pose was given, so there was nothing to compare the pictures with.');
    }
    const pictures: GeneratedPicture[] = [];
    for (const [i, picture] of drawn.entries()) {
      const own: ResolvedRequest = { ...attempts, seed: seedOf(request, i), count: 1 };
      const raster = await drawDetail(context, own, picture.raster, i, multiple);
      const score =
        isScored && detector
          ? await clock.during('score', i + 1, () => scorePicture(detector, raster, poses, request, signal))
          : undefined;
      const low = score && scoreWarning(score, request.poseScore.line);
      pictures.push({
        raster,
        seed: own.seed,
        request: own,
        ...(hint ? { hint } : {}),
        ...(score ? { score } : {}),
        warnings: low === undefined ? warnings : [...warnings, low],
      });
    }
    return { pictures: bestOfEach(pictures, request.bestOf), timings: clock.timings };
  };

  return {
    config,
    generate: async (input, generateOptions = {}) => {
      const request = resolve(input);
      return inTurn(() => make(request, generateOptions));
    },
    estimateMemory: async (input) => {
      const request = resolve(input);
      return inTurn(() => estimate(partsOf(request), request, shelf.weightsInPlace));
    },
    dispose: () => {
      const done = queue.then(() => shelf.dispose());
      isDisposed = true;
      queue = done.catch(() => {});
      return done;
    },
  };
}

/** The best of each `count` pictures in a row, with the others of its row; of equals the first. */
function bestOfEach(pictures: readonly GeneratedPicture[], count: number): readonly GeneratedPicture[] {
  if (count === 1) return pictures;
  const best: GeneratedPicture[] = [];
  for (let i = 0; i < pictures.length; i += count) {
    const [first, ...others] = pictures
      .slice(i, i + count)
      .sort((a, b) => (b.score?.similarity ?? 0) - (a.score?.similarity ?? 0));
    best.push({ ...first, others });
  }
  return best;
}

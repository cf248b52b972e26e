import type {
  AdapterConfig,
  DetectedPerson,
  DetectOptions,
  GenerationProgress,
  GenerationRequestInput,
  GenerationResult,
  MatteOptions,
  ModelConfig,
  Raster,
} from '@stable-pose/core';
import type { ModelStore } from './model-store.ts';

/**
 * Whatever makes pictures: this process, a page's GPU, a server, many machines. The same request gives the same picture
 * (within the arithmetic of the device) from any of them.
 *
 * What holds everywhere:
 * - Requests may be made at any time; an engine that can do one thing at a time makes them wait, in the order they came.
 * - Aborting a signal makes the call reject with `cancelled`, also while it waits, and leaves the engine usable.
 * - A rejected call leaves the engine usable, unless the code is `device-lost` (then `generate` works again or keeps saying
 *   `device-lost`; it never hangs) or the engine was disposed.
 * - Everything given is left as it was; everything returned belongs to the caller.
 * - After {@link GenerationEngine.dispose} every method rejects with `engine-closed`.
 * - Errors are `StablePoseError`s, recognised by `code`, also when they come from another machine.
 */
export interface GenerationEngine {
  /** What it is, where it runs, what it can. May change when the device or the server does, so ask when it matters. */
  describe(): Promise<EngineDescription>;

  /** What can be asked for as `request.model`; the first is used when a request names none. */
  models(): Promise<readonly EngineModel[]>;

  /**
   * Makes a request's pictures.
   * @throws invalid-request (before any work), invalid-image, model-not-found, cancelled, out-of-memory, limit-exceeded,
   * device-lost, and what the engine's own way brings (a server's: see its client)
   */
  generate(request: GenerationRequestInput, options?: EngineGenerateOptions): Promise<GenerationResult>;

  /**
   * Finds the people in a picture, as {@link DetectedPerson}s in its pixels.
   * @throws not-supported where `describe().can.detectPose` is false, invalid-image, invalid-pose, cancelled
   */
  detectPose(picture: Raster, options?: DetectOptions): Promise<readonly DetectedPerson[]>;

  /**
   * Tells people from background: one channel of the picture's size, 255 where people are.
   * @throws not-supported where `describe().can.matte` is false, invalid-image, cancelled
   */
  matte(picture: Raster, options?: MatteOptions): Promise<Raster>;

  /** Models that can be fetched and removed; absent where people cannot change what there is. */
  readonly store?: ModelStore;

  /** Ends what is under way (`cancelled`) and releases everything. Any number of times. */
  dispose(): Promise<void>;
}

export interface EngineGenerateOptions {
  readonly signal?: AbortSignal;
  /** Called in order, never after the call settled. What it throws is not caught. */
  readonly onProgress?: (progress: EngineProgress) => void;
}

/** Where a call stands: waiting, fetching what is missing, or generating. Told apart by `stage`. */
export type EngineProgress = WaitingProgress | FetchProgress | GenerationProgress;

export interface WaitingProgress {
  readonly stage: 'wait';
  /** Requests before this one, where the engine knows. */
  readonly ahead?: number;
  /** The server does not answer just now, and is tried again. */
  readonly isAway?: true;
  readonly secondsElapsed: number;
  readonly secondsRemaining?: number;
}

/** Parts of a model are on their way to the device. */
export interface FetchProgress {
  readonly stage: 'fetch';
  /** What is fetched, for people. */
  readonly name: string;
  readonly bytes: number;
  /** Absent where nobody said. */
  readonly totalBytes?: number;
  readonly secondsElapsed: number;
  readonly secondsRemaining?: number;
}

/** Plain JSON. */
export interface EngineDescription {
  /** `node`, `web`, `remote`, or a third party's own word. */
  readonly kind: string;
  /** Shown to people: "This computer", "Server at 192.168.1.20". */
  readonly name: string;
  /** Where pictures are computed: the person's own machine, or another one, to which requests and pictures travel. */
  readonly place: 'this-device' | 'elsewhere';
  /** What computes, in words: "CPU, 8 threads", "WebGPU (Apple M2)". */
  readonly device: string;
  readonly can: {
    readonly detectPose: boolean;
    readonly matte: boolean;
  };
  /** Requests above these are refused with `limit-exceeded`. Absent: no limit but the request's own. */
  readonly limits: EngineLimits;
  /** What was found and what would make it faster or possible, in sentences for people. */
  readonly advice: readonly string[];
  /** A server on the same computer would draw clearly faster: this engine has no graphics card, and not every core. */
  readonly isFasterAtServer?: boolean;
}

export interface EngineLimits {
  /** width x height of one picture. */
  readonly pixels?: number;
  /** `count` of one request. */
  readonly count?: number;
  readonly steps?: number;
}

/** A model that requests can name. Plain JSON. */
export interface EngineModel {
  /** What `request.model` says. */
  readonly id: string;
  /** Name, licence, native size, size multiple, defaults and vocabulary. */
  readonly config: ModelConfig;
  /** By the names that `request.adapters[].model` says; the first is used with poses when a request names none. */
  readonly adapters: readonly EngineAdapter[];
  /** Names that `request.loras[].model` may say. */
  readonly loras: readonly string[];
  /** Tokens of textual inversions that prompts may say. */
  readonly embeddings: readonly string[];
  /** On disk, where known. */
  readonly bytes?: number;
}

export interface EngineAdapter {
  readonly name: string;
  readonly config: AdapterConfig;
}

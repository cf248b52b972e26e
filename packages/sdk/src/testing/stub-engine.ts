import {
  type AdapterConfig,
  type DetectedPerson,
  type DetectOptions,
  decodePng,
  drawPoses,
  type GeneratedPicture,
  type GenerationRequest,
  type GenerationRequestInput,
  type GenerationResult,
  type GenerationStage,
  isPreviewStep,
  keypointSimilarity,
  limbsOff,
  type MatteOptions,
  type ModelConfig,
  movePose,
  type Pose,
  type PoseScore,
  parseRequest,
  type Raster,
  type ResolvedRequest,
  raster,
  resizeRaster,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import type {
  EngineDescription,
  EngineGenerateOptions,
  EngineLimits,
  EngineModel,
  GenerationEngine,
} from '../generation-engine.ts';
import { TurnQueue } from '../turn-queue.ts';
import { standingPose } from './test-scenes.ts';

export interface StubEngineOptions {
  /** Each step takes so long. Default 0: the next task. */
  readonly stepMs?: number;
  readonly limits?: EngineLimits;
  /** Default true. */
  readonly canDetectPose?: boolean;
  /** Default true. */
  readonly canMatte?: boolean;
  /** Of the picture, when a request says none. Default 64. */
  readonly nativeSide?: number;
}

/** The name under which the stub has its only model, and its only adapter. */
export const stubModel = 'stub';
const sizeMultiple = 64;

/**
 * An engine without a network: the same request gives the same pixels at once. The ground's colour comes of prompt and seed,
 * the skeletons are drawn on it as they are asked for, an init picture shines through by its strength, and a mask keeps
 * what it keeps. So a test can see by the pixels whether pose, seed, picture and mask arrived. Pose scores are as if
 * people stood a little beside where they were asked.
 */
export class StubEngine implements GenerationEngine {
  /** Requests that were begun, oldest first. */
  readonly requests: GenerationRequest[] = [];
  private readonly options: StubEngineOptions;
  private readonly failures: StablePoseError[] = [];
  private readonly queue = new TurnQueue();

  constructor(options: StubEngineOptions = {}) {
    this.options = options;
  }

  async describe(): Promise<EngineDescription> {
    this.queue.checkOpen();
    const { limits = {}, canDetectPose = true, canMatte = true } = this.options;
    return {
      kind: 'stub',
      name: 'Stub',
      place: 'this-device',
      device: 'no device',
      can: { detectPose: canDetectPose, matte: canMatte },
      limits,
      advice: ['This engine draws no pictures; it is for tests.'],
    };
  }

  async models(): Promise<readonly EngineModel[]> {
    this.queue.checkOpen();
    const { nativeSide = 64 } = this.options;
    return [
      {
        id: stubModel,
        config: stubConfig(nativeSide),
        adapters: [{ name: stubModel, config: stubAdapter }],
        loras: [],
        embeddings: [],
        bytes: 0,
      },
    ];
  }

  async generate(
    input: GenerationRequestInput,
    options: EngineGenerateOptions = {},
  ): Promise<GenerationResult> {
    this.queue.checkOpen();
    const request = this.resolve(input);
    return this.queue.run((signal) => this.draw(request, { ...options, signal }), {
      signal: options.signal,
      onWait: (ahead) => options.onProgress?.({ stage: 'wait', ahead, secondsElapsed: 0 }),
    });
  }

  async detectPose(picture: Raster, options: DetectOptions = {}): Promise<readonly DetectedPerson[]> {
    this.queue.checkOpen();
    if (this.options.canDetectPose === false) throw notSupported('find poses');
    throwIfCancelled(options.signal);
    const { width, height } = raster(picture.width, picture.height, picture.channels, picture.data);
    const boxes = options.boxes ?? [{ x: 0, y: 0, width, height }];
    return boxes.slice(0, options.boxes ? undefined : (options.maxPeople ?? 10)).map((box) => {
      if (!(box.width > 0 && box.height > 0)) {
        throw new StablePoseError('invalid-pose', 'A box to look for a person in has no area.');
      }
      return { pose: standingPose(box), box, score: 1, isGuess: false };
    });
  }

  /** Whatever differs from the colour of the top left corner is a person. */
  async matte(picture: Raster, { signal }: MatteOptions = {}): Promise<Raster> {
    this.queue.checkOpen();
    if (this.options.canMatte === false) throw notSupported('cut people out');
    throwIfCancelled(signal);
    const { width, height, channels, data } = picture;
    const mask = raster(width, height, 1);
    for (let i = 0; i < width * height; i++) {
      let difference = 0;
      for (let c = 0; c < channels; c++) difference += Math.abs(data[i * channels + c] - data[c]);
      mask.data[i] = Math.min(255, difference * 4);
    }
    return mask;
  }

  dispose(): Promise<void> {
    return this.queue.close();
  }

  /** The next generation rejects, after its first step. */
  failNext(error: StablePoseError): void {
    this.failures.push(error);
  }

  private resolve(input: GenerationRequestInput): ResolvedRequest {
    const request = structuredClone(parseRequest(input));
    const { pixels, count, steps } = this.options.limits ?? {};
    const { nativeSide = 64 } = this.options;
    const { width = nativeSide, height = nativeSide, adapters } = request;
    for (const [side, value] of Object.entries({ width, height })) {
      if (value % sizeMultiple !== 0) {
        throw new StablePoseError(
          'invalid-request',
          `${side} must be a multiple of ${sizeMultiple}, got ${value}.`,
          { details: { field: side } },
        );
      }
    }
    if (request.model !== undefined && request.model !== stubModel) {
      throw new StablePoseError(
        'model-not-found',
        `The engine has no model "${request.model}"; there is: ${stubModel}.`,
      );
    }
    const asked = { pixels: width * height, count: request.count, steps: request.steps ?? 4 };
    for (const [name, limit] of Object.entries({ pixels, count, steps })) {
      const value = asked[name as keyof typeof asked];
      if (limit !== undefined && value > limit) {
        throw new StablePoseError(
          'limit-exceeded',
          `This engine takes requests of at most ${limit} ${name}, got ${value}.`,
          { details: { field: name, value, limit } },
        );
      }
    }
    const uses =
      adapters ??
      (request.poses.length === 0 ? [] : [{ kind: 'stable-pose' as const, strength: 1, from: 0, to: 1 }]);
    return {
      ...request,
      width,
      height,
      negativePrompt: request.negativePrompt ?? '',
      scheduler: request.scheduler ?? 'dpmpp-2m',
      steps: asked.steps,
      guidanceScale: request.guidanceScale ?? 7.5,
      adapters: uses.map((use) => ({ ...use, model: stubModel })),
    };
  }

  private async draw(
    request: ResolvedRequest,
    { signal, onProgress }: EngineGenerateOptions,
  ): Promise<GenerationResult> {
    this.requests.push(request);
    const { bestOf, poseScore, steps, previews } = request;
    const count = request.count * bestOf;
    const begun = Date.now();
    const pictures: GeneratedPicture[] = [];
    for (let i = 0; i < count; i++) {
      const own: ResolvedRequest = { ...request, seed: (request.seed + i) % 2 ** 32, count: 1, bestOf: 1 };
      const made = stubPicture(own);
      const tell = (stage: GenerationStage, step: number, ofSteps: number, preview?: Raster) => {
        if (signal?.aborted) return;
        onProgress?.({
          stage,
          picture: i + 1,
          pictures: count,
          step,
          steps: ofSteps,
          secondsElapsed: (Date.now() - begun) / 1000,
          ...(preview ? { preview } : {}),
        });
      };
      if (i === 0) tell('load', 0, 0);
      tell('denoise', 0, 0);
      for (let step = 1; step <= steps; step++) {
        await new Promise((resolve) => setTimeout(resolve, this.options.stepMs ?? 0));
        throwIfCancelled(signal);
        const failure = this.failures.shift();
        if (failure) throw failure;
        const isShown = isPreviewStep(previews, step);
        const { width, height } = made;
        tell('denoise', step, steps, isShown ? resizeRaster(made, width / 8, height / 8) : undefined);
      }
      tell('decode', 0, 0);
      const hint =
        own.poses.length > 0 ? drawPoses(own.poses, { width: own.width, height: own.height }) : undefined;
      const score = bestOf > 1 || poseScore.measure ? stubScore(own) : undefined;
      pictures.push({
        raster: made,
        seed: own.seed,
        request: own,
        ...(hint ? { hint } : {}),
        ...(score ? { score } : {}),
        warnings: [],
      });
    }
    const chosen: GeneratedPicture[] = [];
    for (let i = 0; bestOf > 1 && i < count; i += bestOf) {
      const [best, ...others] = pictures
        .slice(i, i + bestOf)
        .sort((a, b) => (b.score?.similarity ?? 0) - (a.score?.similarity ?? 0));
      chosen.push({ ...best, others });
    }
    return { pictures: bestOf > 1 ? chosen : pictures, timings: { denoise: (Date.now() - begun) / 1000 } };
  }
}

/** What the stub makes of a request, of twice the size with a detail pass of 2, and so on. RGB. */
function stubPicture(request: ResolvedRequest): Raster {
  const { width, height, poses, image, mask, detail } = request;
  const ground = groundColour(request);
  let picture = raster(width, height, 3);
  for (let i = 0; i < width * height; i++) picture.data.set(ground, i * 3);
  if (poses.length > 0) lay(picture, drawPoses(poses as readonly Pose[], { width, height }));
  if (image) {
    const below = withChannels(resizeRaster(decodeBase64(image.picture), width, height), 3);
    const share = mask
      ? withChannels(resizeRaster(decodeBase64(mask.picture), width, height), 1, 0)
      : undefined;
    picture = mix(below, picture, (i) => {
      const redrawn = share === undefined ? 1 : share.data[i] / 255;
      return image.strength * (mask?.invert ? 1 - redrawn : redrawn);
    });
  }
  return detail ? resizeRaster(picture, width * detail.scale, height * detail.scale, 'nearest') : picture;
}

/** As if everybody stood some pixels beside where they were asked, another number with every seed. */
function stubScore({ poses, seed }: ResolvedRequest): PoseScore | undefined {
  if (poses.length === 0) return undefined;
  const people = (poses as readonly Pose[]).map((asked, person) => {
    const found = movePose(asked, (seed * 5) % 7, 0);
    return { person, similarity: keypointSimilarity(found, asked), found, limbsOff: limbsOff(found, asked) };
  });
  return { similarity: people.reduce((sum, { similarity }) => sum + similarity, 0) / people.length, people };
}

/** FNV-1a over what makes a picture another one; light, so that skeletons stand out. */
function groundColour({
  prompt,
  negativePrompt,
  seed,
  steps,
  guidanceScale,
}: ResolvedRequest): readonly number[] {
  let hash = 0x811c9dc5;
  for (const character of JSON.stringify([prompt, negativePrompt, seed, steps, guidanceScale])) {
    hash = Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0;
  }
  return [hash & 63, (hash >> 8) & 63, (hash >> 16) & 63].map((value) => 160 + value);
}

/** Lays what is not black over a picture. */
function lay(picture: Raster, above: Raster): void {
  for (let i = 0; i < above.data.length; i += 3) {
    const colour = above.data.subarray(i, i + 3);
    if (colour.some((value) => value > 0)) picture.data.set(colour, i);
  }
}

function mix(below: Raster, above: Raster, share: (pixel: number) => number): Raster {
  const target = raster(below.width, below.height, 3);
  for (let i = 0; i < target.data.length; i++) {
    const part = share(Math.floor(i / 3));
    target.data[i] = Math.round(below.data[i] * (1 - part) + above.data[i] * part);
  }
  return target;
}

function decodeBase64(text: string): Raster {
  const binary = atob(text.replace(/^data:[^,]*,/, ''));
  return decodePng(Uint8Array.from(binary, (character) => character.charCodeAt(0)));
}

function notSupported(what: string): StablePoseError {
  return new StablePoseError('not-supported', `This engine cannot ${what}.`);
}

const stubAdapter: AdapterConfig = {
  kind: 'stable-pose',
  name: stubModel,
  licence: 'Apache-2.0',
  hint: { drawing: 'stable-pose', range: [-1, 1], lineWidth: 10 },
  kernels: [23, 13],
  sigma: 3,
  patchSize: 2,
  residuals: [],
};

function stubConfig(nativeSide: number): ModelConfig {
  return {
    name: 'Stub',
    licence: 'Apache-2.0',
    latents: { channels: 4, factor: 8, scale: 1 },
    unet: { inputChannels: 4, timestepEmbeddingWidth: 32, residuals: [], encoderResiduals: [], sizeMultiple },
    text: {
      contextLength: 77,
      width: 32,
      layers: 1,
      vocabularySize: 1000,
      startId: 998,
      endId: 999,
      padId: 999,
    },
    schedule: { kind: 'scaled-linear', start: 0.00085, end: 0.012, timesteps: 1000 },
    prediction: 'epsilon',
    nativeSize: { width: nativeSide, height: nativeSide },
    defaults: { steps: 4 },
    vocabulary: { people: ['a person', 'a woman', 'a man'] },
  };
}

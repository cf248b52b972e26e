import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  type GenerationRequestInput,
  type ModelConfig,
  type Pose,
  type PoseReading,
  parseRequest,
  pngSize,
  readPoses,
  StablePoseError,
  scalePoses,
} from '@stable-pose/core';
import { builtInPoses, readBuiltInPose } from './demo/demo-pictures.ts';
import type { GenerateOptions } from './generate-options.ts';
import { readPictureFile } from './metadata/picture-file.ts';
import { nameOf } from './name-of.ts';
import type { OpenedModel } from './open-engine.ts';
import { readPicture } from './read-picture.ts';

export interface RequestFromOptions {
  readonly request: GenerationRequestInput;
  /** For people: what was assumed or left out. */
  readonly notes: readonly string[];
}

type Size = { readonly width: number; readonly height: number };

/** Everything that a command line names, read. */
export interface RequestInputs {
  readonly base: GenerationRequestInput;
  readonly poses: readonly PoseReading[];
  readonly image: GenerationRequestInput['image'];
  readonly mask: GenerationRequestInput['mask'];
  /** Of `--repose`: the picture that is changed. */
  readonly changed: string | undefined;
  readonly notes: readonly string[];
}

/**
 * Reads the files that make the request, before a model is opened: what is wrong with them shows at once.
 * @throws file-not-found, invalid-pose, invalid-image, invalid-request
 */
export async function readRequestInputs(
  prompt: string | undefined,
  options: GenerateOptions,
): Promise<RequestInputs> {
  const notes: string[] = [];
  const base = checkedBase(await baseRequest(options, notes));
  const poses = await Promise.all((options.pose ?? []).map(readPoseFile));
  if ((prompt ?? base.prompt) === undefined && poses.length === 0 && (base.poses ?? []).length === 0) {
    throw new StablePoseError('invalid-request', 'Neither words nor a pose were given.', {
      remedy: 'Try: stable-pose generate "a woman in a red dress" --pose standing-front',
    });
  }
  if (options.repose && (options.from === undefined || options.pose === undefined)) {
    throw needs('--repose', '--from and --pose');
  }
  return {
    base,
    poses,
    image: await imageOf(options, base),
    mask: await maskOf(options, base),
    changed: options.repose && options.from !== undefined ? await readPicture(options.from) : undefined,
    notes,
  };
}

/**
 * The request that a command line means: what `--from` or `--request` says, changed by every option that was given.
 * @param opened the model, whose native size decides where nothing else does, and the adapters of `--adapter`
 * @throws invalid-request
 */
export function requestFromOptions(
  prompt: string | undefined,
  options: GenerateOptions,
  inputs: RequestInputs,
  opened: Pick<OpenedModel, 'adapters'> & { readonly model: Pick<OpenedModel['model'], 'config'> },
): RequestFromOptions {
  const { config } = opened.model;
  const { base } = inputs;
  const notes = [...inputs.notes];
  if (base.model !== undefined && base.model !== config.name) {
    notes.push(`The picture was made with the model ${base.model}; this one is made with ${config.name}.`);
  }
  const image = inputs.image ?? base.image;
  const shown = image && { size: sizeOfPicture(image.picture), fit: image.fit ?? 'cover' };
  const size = sizeOf(options, base, inputs.poses, config, shown?.size);
  const request: GenerationRequestInput = {
    ...base,
    ...given({
      prompt,
      negativePrompt: options.negative,
      ...size,
      poses: posesOf(inputs.poses, base, { ...config.nativeSize, ...size }, shown, notes),
      seed: seedOf(options, base),
      count: options.count,
      bestOf: options.bestOf,
      poseScore: options.score ? { measure: true } : undefined,
      steps: options.steps,
      guidanceScale: options.guidance,
      scheduler: options.scheduler,
      spacing: options.spacing,
      eta: options.eta,
      clipSkip: options.clipSkip,
      model: config.name,
      adapters: adaptersOf(options, base, opened.adapters),
      loras: lorasOf(options, base),
      embeddings: options.embedding?.map(nameOf),
      image: inputs.image,
      mask: inputs.mask,
      repose: reposeOf(base, size, inputs.changed),
      detail: detailOf(options, base),
      previews:
        options.preview === undefined && options.previewAt === undefined
          ? undefined
          : { every: Number(options.preview ?? 1), at: options.previewAt, how: options.previewHow },
    }),
  };
  return { request, notes };
}

async function baseRequest(options: GenerateOptions, notes: string[]): Promise<GenerationRequestInput> {
  if (options.from !== undefined && options.request !== undefined) {
    throw new StablePoseError('invalid-request', '--from and --request both give a request.', {
      remedy: 'Leave one of them out.',
    });
  }
  if (options.request !== undefined) {
    const text = await readText(options.request);
    try {
      return JSON.parse(text) as GenerationRequestInput;
    } catch (cause) {
      throw new StablePoseError('invalid-request', `${options.request} is no JSON.`, { cause });
    }
  }
  if (options.from === undefined) return {};
  const reading = readPictureFile(await readBytes(options.from), options.from);
  notes.push(...reading.notes);
  const isGiven = ({ model }: { model: string }) => options.lora?.some(({ path }) => nameOf(path) === model);
  for (const lora of reading.loras) {
    if (!isGiven(lora)) notes.push(`The LoRA ${lora.model} is left out: give its file with --lora.`);
  }
  const loras = reading.loras.filter(isGiven);
  return loras.length > 0 ? { ...reading.request, loras } : reading.request;
}

/** What is looked at before the whole request is known has the form that it must have. @throws invalid-request */
function checkedBase(base: GenerationRequestInput): GenerationRequestInput {
  if (typeof base !== 'object' || base === null || Array.isArray(base)) return parseRequest(base);
  const { poses, image, adapters, loras, width, height } = base;
  parseRequest(given({ poses, image, adapters, loras, width, height }));
  return base;
}

async function readPoseFile(file: string): Promise<PoseReading> {
  if (builtInPoses.includes(file)) return readBuiltInPose(file);
  let text: string;
  try {
    text = await readText(file);
  } catch (error) {
    if (extname(file) !== '') throw error;
    throw new StablePoseError(
      'file-not-found',
      `There is no pose file "${file}", nor a built-in pose of that name.`,
      {
        remedy: `Built in are: ${builtInPoses.join(', ')}.`,
        cause: error,
      },
    );
  }
  let reading: PoseReading;
  try {
    reading = readPoses(text);
  } catch (error) {
    const { code, message, details } = StablePoseError.from(error);
    throw new StablePoseError(code, `${file}: ${message}`, { details, cause: error });
  }
  if (reading.poses.length > 0) return reading;
  throw new StablePoseError('invalid-pose', `There is nobody in ${file}.`, {
    remedy: 'Give a file with at least one person, or leave --pose out.',
  });
}

/** Asked for; else the base request's; else the init picture's; else as large as the model likes it, in the pose file's proportions. */
function sizeOf(
  options: GenerateOptions,
  base: GenerationRequestInput,
  readings: readonly PoseReading[],
  config: Pick<ModelConfig, 'nativeSize' | 'unet'>,
  shown: Size | undefined,
): Partial<Size> {
  const multiple = Math.max(64, config.unet.sizeMultiple);
  const width = options.width ?? base.width;
  const height = options.height ?? base.height;
  // Down to what the model takes, as the pipeline does.
  const down = (side: number) => Math.max(multiple, Math.floor(side / multiple) * multiple);
  const usual = shown ? { width: down(shown.width), height: down(shown.height) } : config.nativeSize;
  if (width !== undefined || height !== undefined) {
    return { width: width ?? usual.width, height: height ?? usual.height };
  }
  // Without poses nothing here depends on it: left to the pipeline, which knows the adapters.
  if (shown) return readings.length > 0 ? usual : {};
  const canvas = readings.find((reading) => reading.width && reading.height);
  if (!canvas?.width || !canvas.height) return config.nativeSize;
  const scale = Math.sqrt(
    (config.nativeSize.width * config.nativeSize.height) / (canvas.width * canvas.height),
  );
  const fitted = (side: number) => Math.max(multiple, Math.round((side * scale) / multiple) * multiple);
  return { width: fitted(canvas.width), height: fitted(canvas.height) };
}

/** Every file's people, scaled from its own canvas to the picture. */
function posesOf(
  readings: readonly PoseReading[],
  base: GenerationRequestInput,
  target: Size,
  shown: { readonly size: Size; readonly fit: 'cover' | 'stretch' } | undefined,
  notes: string[],
): readonly Pose[] | undefined {
  if (readings.length > 0) {
    return readings.flatMap((reading) => {
      notes.push(...reading.notes);
      if (!reading.width || !reading.height) return reading.poses;
      const canvas = { width: reading.width, height: reading.height };
      // People who were found in the init picture stay on it, however it is cut.
      const fit = shown && haveSameShape(canvas, shown.size) ? shown.fit : 'contain';
      return scalePoses(reading.poses, canvas, target, fit);
    });
  }
  // A stored request at another size takes its people along.
  if (base.poses?.length && base.width && base.height) {
    if (base.width !== target.width || base.height !== target.height) {
      return scalePoses(base.poses as readonly Pose[], { width: base.width, height: base.height }, target);
    }
  }
  return undefined;
}

/** Within what rounding to whole pixels does. */
function haveSameShape(a: Size, b: Size): boolean {
  return Math.abs(a.width * b.height - a.height * b.width) <= Math.max(a.width, a.height, b.width, b.height);
}

/** @throws invalid-image */
function sizeOfPicture(base64: string): Size {
  return pngSize(Buffer.from(base64.replace(/^data:[^,]*,/, ''), 'base64'));
}

function seedOf(options: GenerateOptions, base: GenerationRequestInput): number | undefined {
  if (typeof options.seed === 'number') return options.seed;
  if (options.seed === undefined && base.seed !== undefined) return undefined;
  return Math.floor(Math.random() * 2 ** 32);
}

function adaptersOf(
  options: GenerateOptions,
  base: GenerationRequestInput,
  opened: OpenedModel['adapters'],
): GenerationRequestInput['adapters'] {
  const changes = given({ strength: options.strength, from: options.poseFrom, to: options.poseTo });
  if (options.adapter) {
    return options.adapter.map(({ path, strength, from, to }) => {
      const model = nameOf(path);
      const stored = base.adapters?.find((adapter) => adapter.model === model);
      return {
        ...stored,
        kind: opened[model]?.config.kind,
        model,
        ...given({ strength, from, to }),
        ...changes,
      };
    });
  }
  if (Object.keys(changes).length === 0) return undefined;
  return (base.adapters ?? [{}]).map((adapter) => ({ ...adapter, ...changes }));
}

/** Those whose files are given, as strong as told, else as the stored request says. */
function lorasOf(options: GenerateOptions, base: GenerationRequestInput): GenerationRequestInput['loras'] {
  return options.lora?.map(({ path, strength }) => {
    const model = nameOf(path);
    const stored = base.loras?.find((lora) => lora.model === model);
    return { ...stored, model, ...given({ strength }) };
  });
}

async function imageOf(
  options: GenerateOptions,
  base: GenerationRequestInput,
): Promise<GenerationRequestInput['image']> {
  const strength = given({ strength: options.imageStrength });
  if (options.image !== undefined) return { picture: await readPicture(options.image), ...strength };
  if (options.imageStrength === undefined) return undefined;
  if (base.image === undefined) throw needs('--image-strength', '--image');
  return { ...base.image, ...strength };
}

async function maskOf(
  options: GenerateOptions,
  base: GenerationRequestInput,
): Promise<GenerationRequestInput['mask']> {
  const changes = given({ feather: options.maskFeather, invert: options.maskInvert });
  if (options.mask !== undefined) return { picture: await readPicture(options.mask), ...changes };
  if (Object.keys(changes).length === 0) return undefined;
  if (base.mask === undefined) throw needs('--mask-feather and --mask-invert', '--mask');
  return { ...base.mask, ...changes };
}

function reposeOf(
  base: GenerationRequestInput,
  size: Partial<Size>,
  picture: string | undefined,
): GenerationRequestInput['repose'] {
  if (picture === undefined) return undefined;
  if (size.width !== base.width || size.height !== base.height) {
    throw new StablePoseError('invalid-request', '--repose keeps the size of the picture.', {
      remedy: 'Leave --width and --height out.',
    });
  }
  // A picture that went through a detail pass is larger than what is reposed: that is made again, and then the pass.
  const isMadeAgain = base.detail !== undefined && base.repose === undefined;
  return { from: base.poses ?? [], ...(isMadeAgain ? {} : { picture }) };
}

function detailOf(options: GenerateOptions, base: GenerationRequestInput): GenerationRequestInput['detail'] {
  const changes = given({ strength: options.detailStrength });
  if (options.detail !== undefined) {
    // An option without its value is `true`.
    const scale = (options.detail as unknown) === true ? 2 : options.detail;
    return { ...base.detail, scale, ...changes };
  }
  if (options.detailStrength === undefined) return undefined;
  if (base.detail === undefined) throw needs('--detail-strength', '--detail');
  return { ...base.detail, ...changes };
}

function needs(option: string, other: string): StablePoseError {
  return new StablePoseError('invalid-request', `${option} needs ${other}.`);
}

async function readText(file: string): Promise<string> {
  return Buffer.from(await readBytes(file)).toString('utf8');
}

export async function readBytes(file: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'is not there' : 'cannot be read';
    throw new StablePoseError('file-not-found', `The file ${file} ${why}.`, { cause: error });
  }
}

function given<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Partial<T>;
}

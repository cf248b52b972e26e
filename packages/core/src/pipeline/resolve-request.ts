import type { AdapterConfig, ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Size } from '../pose/index.ts';
import { findScheduler, makeNoiseSchedule } from '../scheduler/index.ts';
import type { AdapterUse, GenerationRequest } from './request.ts';

/** An adapter of a request, by the name that the pipeline knows it under. */
export type ResolvedAdapterUse = AdapterUse & { readonly model: string };

/** A request with nothing left open: what the model's defaults decide is filled in. */
export type ResolvedRequest = Omit<GenerationRequest, 'adapters'> &
  Required<
    Pick<GenerationRequest, 'negativePrompt' | 'width' | 'height' | 'scheduler' | 'steps' | 'guidanceScale'>
  > & { readonly adapters: readonly ResolvedAdapterUse[] };

export interface ResolvedFor {
  readonly config: ModelConfig;
  readonly loras: readonly string[];
  /** By name, in the order of preference. */
  readonly adapters: ReadonlyMap<string, AdapterConfig>;
  /** Whether the pose in a finished picture can be found. */
  readonly hasDetector?: boolean;
  /** Of the init picture, when there is one. */
  readonly imageSize?: Size;
}

/** All pictures of a request are held until the last is done. */
const mostDrawn = 256;

/** What an unstated field means when the model does not say. */
const fallback = { steps: 20, guidanceScale: 7.5, scheduler: 'dpmpp-2m', negativePrompt: '' } as const;

/**
 * Fills in what the request leaves to the model, and checks what only the model can tell.
 * @throws invalid-request for a size, scheduler, step count, adapter or LoRA that this model does not have
 */
export function resolveRequest(request: GenerationRequest, target: ResolvedFor): ResolvedRequest {
  const { defaults } = target.config;
  const scheduler = request.scheduler ?? findScheduler(defaults.scheduler ?? fallback.scheduler).name;
  const adapters = resolveAdapters(request, target.adapters);
  const resolved: ResolvedRequest = {
    ...request,
    ...resolveSize(request, target, adapters),
    negativePrompt: request.negativePrompt ?? defaults.negativePrompt ?? fallback.negativePrompt,
    scheduler,
    steps: request.steps ?? defaults.steps ?? fallback.steps,
    guidanceScale: request.guidanceScale ?? defaults.guidanceScale ?? fallback.guidanceScale,
    adapters,
  };
  const { steps, spacing, exactSteps, clipSkip } = resolved;
  const schedule = makeNoiseSchedule(target.config.schedule);
  // Refuses steps and spacings that the scheduler does not know.
  findScheduler(scheduler).levels({ schedule, steps, spacing, exactSteps });
  if (clipSkip > target.config.text.layers) {
    throw wrong(
      'clipSkip',
      `clipSkip must be at most ${target.config.text.layers}, the layers of this model's text encoder, got ${clipSkip}.`,
    );
  }
  for (const { model } of request.loras) {
    if (!target.loras.includes(model)) {
      throw wrong(
        'loras',
        `No LoRA "${model}" was opened with the model; there are: ${list(target.loras)}.`,
        'Open the model with it, or leave it out.',
      );
    }
  }
  if (request.count * request.bestOf > mostDrawn) {
    throw wrong(
      'bestOf',
      `At most ${mostDrawn} pictures are drawn for a request, got count ${request.count} times bestOf ${request.bestOf}.`,
      'Lower one of them, or make several requests.',
    );
  }
  if ((request.bestOf > 1 || request.poseScore.measure) && !target.hasDetector) {
    throw wrong(
      request.bestOf > 1 ? 'bestOf' : 'poseScore',
      'Finding the pose in a picture needs a pose detector, and this pipeline has none.',
      'Set bestOf to 1 and poseScore.measure to false.',
    );
  }
  return resolved;
}

function resolveAdapters(
  request: GenerationRequest,
  adapters: ReadonlyMap<string, AdapterConfig>,
): readonly ResolvedAdapterUse[] {
  if (request.adapters === undefined) {
    const [first] = adapters;
    if (request.poses.length === 0 || first === undefined) return [];
    return [{ kind: first[1].kind, model: first[0], strength: 1, from: 0, to: 1 }];
  }
  return request.adapters.map((use, i) => {
    const name = use.model ?? [...adapters].find(([, config]) => config.kind === use.kind)?.[0];
    const config = name === undefined ? undefined : adapters.get(name);
    if (name === undefined || config === undefined) {
      throw wrong(
        `adapters[${i}]`,
        `adapters[${i}] asks for ${use.model ? `"${use.model}"` : `one of kind ${use.kind}`}; there are: ${list([...adapters.keys()])}.`,
        'Open the adapter with the pipeline, or leave it out.',
      );
    }
    if (config.kind !== use.kind) {
      throw wrong(
        `adapters[${i}].kind`,
        `The adapter "${name}" is of kind ${config.kind}, not ${use.kind}.`,
        `Set kind to ${config.kind}.`,
      );
    }
    return { ...use, model: name };
  });
}

function resolveSize(
  request: GenerationRequest,
  { config, imageSize, adapters }: ResolvedFor,
  uses: readonly ResolvedAdapterUse[],
): Size {
  const multiple = sizeMultiple(config, adapters, uses);
  const down = (pixels: number) => Math.max(multiple, Math.floor(pixels / multiple) * multiple);
  const size = {
    width: request.width ?? (imageSize ? down(imageSize.width) : config.nativeSize.width),
    height: request.height ?? (imageSize ? down(imageSize.height) : config.nativeSize.height),
  };
  for (const side of ['width', 'height'] as const) {
    if (size[side] % multiple !== 0) {
      const near = down(size[side]);
      throw wrong(
        side,
        `${side} must be a multiple of ${multiple} for this model, got ${size[side]}.`,
        `Set it to ${near} or ${near + multiple}.`,
      );
    }
  }
  return size;
}

/** Sides must be divisible by this: the UNet's own multiple, and whole tokens of each adapter that looks at patches. */
export function sizeMultiple(
  config: ModelConfig,
  adapters: ReadonlyMap<string, AdapterConfig>,
  uses: readonly ResolvedAdapterUse[],
): number {
  let multiple = config.unet.sizeMultiple;
  for (const { model } of uses) {
    const adapter = adapters.get(model);
    if (adapter?.kind !== 'stable-pose') continue;
    const token = adapter.patchSize * config.latents.factor;
    let common = multiple;
    while (common % token !== 0) common += multiple;
    multiple = common;
  }
  return multiple;
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ');
}

function wrong(field: string, message: string, remedy?: string): StablePoseError {
  return new StablePoseError('invalid-request', message, { remedy, details: { field } });
}

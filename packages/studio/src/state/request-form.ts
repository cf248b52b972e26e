import type { GenerationRequestInput, ModelConfig, Pose, Size } from '@stable-pose/core';
import type { EngineModel } from '@stable-pose/sdk';

/** What people say beside the pose. Undefined numbers are the model's own. Plain JSON. */
export interface RequestForm {
  readonly prompt: string;
  readonly negativePrompt: string;
  readonly seed: number;
  /** Kept for the next picture, or drawn anew each time. */
  readonly keepsSeed: boolean;
  readonly steps?: number;
  readonly scheduler?: NonNullable<GenerationRequestInput['scheduler']>;
  readonly guidanceScale?: number;
  /** Of the pose: 0 is none. */
  readonly strength: number;
  /** Shares of the steps between which the pose acts. */
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly bestOf: number;
  readonly measures: boolean;
  readonly detail: boolean;
  readonly detailScale: 2 | 4;
  /** How much of each tile is drawn anew. */
  readonly detailStrength: number;
  readonly model?: string;
  /** What looks at the pose, by its name; the model's own when absent. */
  readonly adapter?: string;
  readonly loras: readonly { readonly model: string; readonly strength: number }[];
  /** What is drawn from: words and pose, the picture to start from, or what lies in the host's document. */
  readonly startFrom: 'words' | 'picture' | 'document';
  /** How much of that picture is drawn anew. */
  readonly startStrength: number;
  /** Pixels over which the edge of the painted part is soft. */
  readonly maskFeather: number;
  /** What is painted stays, the rest is drawn anew. */
  readonly maskInverted: boolean;
}

export const emptyForm: RequestForm = {
  prompt: '',
  negativePrompt: '',
  seed: 1,
  keepsSeed: false,
  strength: 1,
  from: 0,
  to: 1,
  count: 1,
  bestOf: 1,
  measures: true,
  detail: false,
  detailScale: 2,
  detailStrength: 0.35,
  loras: [],
  startFrom: 'words',
  startStrength: 0.75,
  maskFeather: 8,
  maskInverted: false,
};

/** The request of a form and its poses, which are in pixels of `size`. */
export function requestOfForm(
  form: RequestForm,
  poses: readonly Pose[],
  size: Size,
  options: {
    readonly canMeasure?: boolean;
    /** Those that the model has; others are left out. Absent: all. */
    readonly knownLoras?: readonly string[];
    /** Those that the model has; one that is not among them gives way to the model's own. */
    readonly knownAdapters?: EngineModel['adapters'];
  } = {},
): GenerationRequestInput {
  const { prompt, negativePrompt, seed, steps, scheduler, guidanceScale, strength, from, to } = form;
  const loras = form.loras.filter(({ model }) => options.knownLoras?.includes(model) ?? true);
  const chosen = options.knownAdapters?.find(({ name }) => name === form.adapter);
  const adapter = { ...(chosen ? { kind: chosen.config.kind, model: chosen.name } : {}), strength, from, to };
  const isUsualPose = !chosen && strength === 1 && from === 0 && to === 1;
  return {
    prompt,
    ...(negativePrompt.trim() ? { negativePrompt } : {}),
    seed,
    ...size,
    poses: [...poses],
    ...(steps === undefined ? {} : { steps }),
    ...(scheduler === undefined ? {} : { scheduler }),
    ...(guidanceScale === undefined ? {} : { guidanceScale }),
    ...(poses.length > 0 && !isUsualPose ? { adapters: [adapter] } : {}),
    count: form.count,
    ...(form.bestOf > 1 && options.canMeasure ? { bestOf: form.bestOf } : {}),
    ...(form.measures && options.canMeasure && poses.length > 0 ? { poseScore: { measure: true } } : {}),
    ...(form.detail ? { detail: { scale: form.detailScale, strength: form.detailStrength } } : {}),
    ...(loras.length > 0 ? { loras } : {}),
    ...(form.model === undefined ? {} : { model: form.model }),
    previews: { how: 'linear' },
  };
}

/** The form that a request came of, as far as a form can say it. */
export function formOfRequest(request: GenerationRequestInput, now: RequestForm): RequestForm {
  const [adapter] = request.adapters ?? [];
  return {
    ...now,
    prompt: request.prompt ?? '',
    negativePrompt: request.negativePrompt ?? '',
    seed: request.seed ?? 0,
    keepsSeed: true,
    steps: request.steps,
    scheduler: request.scheduler,
    guidanceScale: request.guidanceScale,
    strength: adapter?.strength ?? 1,
    from: adapter?.from ?? 0,
    to: adapter?.to ?? 1,
    adapter: adapter?.model,
    detail: request.detail !== undefined,
    detailScale: request.detail?.scale ?? now.detailScale,
    detailStrength: request.detail?.strength ?? now.detailStrength,
    loras: (request.loras ?? []).map(({ model, strength = 1 }) => ({ model, strength })),
    startFrom: request.image ? 'picture' : 'words',
    startStrength: request.image?.strength ?? now.startStrength,
    maskFeather: request.mask?.feather ?? now.maskFeather,
    maskInverted: request.mask?.invert ?? false,
  };
}

/** A seed as the request takes it. */
export function freshSeed(): number {
  return Math.floor(Math.random() * 2 ** 32);
}

/** A prompt of which a model with a closed vocabulary knows every word; something plain for others. */
export function firstPrompt(config: ModelConfig | undefined): string {
  const words = new Set(Object.values(config?.vocabulary ?? {}).flat());
  const knows = ['woman', 'red', 'dress'].every((word) => words.has(word));
  return knows || words.size === 0 ? 'a woman in a red dress' : '';
}

/** Adds a word to a prompt, or takes it out again. */
export function toggleWord(prompt: string, word: string): string {
  const pattern = new RegExp(`(^|[\\s,])${word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=$|[\\s,])`, 'i');
  if (pattern.test(prompt))
    return prompt
      .replace(pattern, '')
      .replace(/\s{2,}/g, ' ')
      .replace(/^[\s,]+/, '')
      .trim();
  return prompt.trim() === '' ? word : `${prompt.trimEnd()} ${word}`;
}

export function hasWord(prompt: string, word: string): boolean {
  return toggleWord(prompt, word).length < prompt.trimEnd().length;
}

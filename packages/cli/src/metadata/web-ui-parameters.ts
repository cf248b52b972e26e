import type { GenerationRequest, GenerationRequestInput } from '@stable-pose/core';

/*
 * The text that AUTOMATIC1111's web UI writes into pictures under the keyword `parameters`, and that many programs show:
 *
 *   prompt, perhaps of several lines
 *   Negative prompt: perhaps of several lines
 *   Steps: 20, Sampler: Euler a, Schedule type: Karras, CFG scale: 7.5, Seed: 1, Size: 512x512, Model: name
 *
 * Values that hold a comma, a colon or a line break are JSON strings. It has no place for poses.
 */

type SchedulerName = NonNullable<GenerationRequest['scheduler']>;
type Spacing = GenerationRequest['spacing'];

const samplerNames: Readonly<Record<SchedulerName, string>> = {
  ddim: 'DDIM',
  plms: 'PLMS',
  'dpm-solver++': 'DPM-Solver++',
  'dpmpp-2m': 'DPM++ 2M',
  unipc: 'UniPC',
  euler: 'Euler',
  'euler-ancestral': 'Euler a',
  lcm: 'LCM',
};

const scheduleTypes: Readonly<Record<Spacing, string>> = {
  uniform: 'Uniform',
  karras: 'Karras',
  exponential: 'Exponential',
};

/** What of a request has a place in the text, and what it means for it. */
export interface WebUiReading {
  readonly request: GenerationRequestInput;
  /** LoRAs that the prompt named; their files are not known. */
  readonly loras: readonly { readonly model: string; readonly strength: number }[];
  /** What could not be taken over, in sentences for people. */
  readonly notes: readonly string[];
}

/** The text for a request whose model-dependent fields are filled in as far as they are known. */
export function writeWebUiParameters(request: GenerationRequest, modelName?: string): string {
  const loras = request.loras.map(({ model, strength }) => ` <lora:${model}:${strength}>`).join('');
  const fields: [string, string | number | undefined][] = [
    ['Steps', request.steps],
    ['Sampler', request.scheduler && samplerNames[request.scheduler]],
    ['Schedule type', scheduleTypes[request.spacing]],
    ['CFG scale', request.guidanceScale],
    ['Seed', request.seed],
    ['Size', request.width && request.height ? `${request.width}x${request.height}` : undefined],
    ['Model', modelName ?? request.model],
    ['Clip skip', request.clipSkip > 1 ? request.clipSkip : undefined],
    ['Denoising strength', request.image?.strength],
    ['Eta', request.eta],
    ['Version', 'stable-pose'],
  ];
  const settings = fields
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}: ${quoted(String(value))}`)
    .join(', ');
  const negative = request.negativePrompt ? [`Negative prompt: ${request.negativePrompt}`] : [];
  return [`${request.prompt}${loras}`, ...negative, settings].join('\n');
}

/** Reads such a text; undefined when it is none. */
export function readWebUiParameters(text: string): WebUiReading | undefined {
  const lines = text.trimEnd().split(/\r?\n/);
  const last = lines.at(-1) ?? '';
  if (!/^\s*Steps: \d+/.test(last)) return undefined;
  const fields = fieldsOf(last);
  const body = lines.slice(0, -1);
  const at = body.findIndex((line) => line.startsWith('Negative prompt:'));
  const loras: { model: string; strength: number }[] = [];
  const prompt = (at < 0 ? body : body.slice(0, at))
    .join('\n')
    .replace(/ ?<lora:([^:>]+):([-\d.]+)[^>]*>/g, (_, model: string, strength: string) => {
      loras.push({ model, strength: Number(strength) });
      return '';
    })
    .trim();
  const negativePrompt = at < 0 ? '' : body.slice(at).join('\n').replace('Negative prompt:', '').trim();
  const notes: string[] = [];
  const sampler = samplerOf(fields.get('Sampler'), fields.get('Schedule type'), notes);
  const [width, height] = sizeOf(fields.get('Size'));
  if (fields.has('Hires upscale'))
    notes.push('The picture was enlarged by a second pass, which is left out.');
  const number = (key: string) => {
    const value = Number(fields.get(key));
    return fields.has(key) && Number.isFinite(value) ? value : undefined;
  };
  const clipSkip = number('Clip skip');
  const request: GenerationRequestInput = {
    prompt,
    negativePrompt,
    steps: number('Steps'),
    guidanceScale: number('CFG scale'),
    seed: number('Seed'),
    ...sampler,
    ...(width && height ? { width, height } : {}),
    ...(clipSkip ? { clipSkip } : {}),
    ...(number('Eta') === undefined ? {} : { eta: number('Eta') }),
  };
  return { request: withoutUndefined(request), loras, notes };
}

function fieldsOf(line: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const match of line.matchAll(/\s*([\w][\w \-/]*?):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)/g)) {
    fields.set(match[1]!, unquoted(match[2]!.trim()));
  }
  return fields;
}

function samplerOf(
  sampler: string | undefined,
  schedule: string | undefined,
  notes: string[],
): Pick<GenerationRequestInput, 'scheduler' | 'spacing'> {
  if (sampler === undefined) return {};
  // Older versions name the schedule behind the sampler: "DPM++ 2M Karras".
  const [, plain = sampler, suffix] = /^(.*?)(?: (Karras|Exponential))?$/.exec(sampler) ?? [];
  const scheduler = (Object.keys(samplerNames) as SchedulerName[]).find(
    (name) => samplerNames[name].toLowerCase() === plain.toLowerCase(),
  );
  const spacing = (Object.keys(scheduleTypes) as Spacing[]).find(
    (name) => scheduleTypes[name] === (schedule ?? suffix),
  );
  if (scheduler === undefined) notes.push(`The sampler "${sampler}" is not known; the model's own is used.`);
  return { ...(scheduler ? { scheduler } : {}), ...(spacing ? { spacing } : {}) };
}

function sizeOf(text: string | undefined): [number, number] | [] {
  const match = /^(\d+)x(\d+)$/.exec(text ?? '');
  return match ? [Number(match[1]), Number(match[2])] : [];
}

const quoted = (value: string): string => (/[,:\n"]/.test(value) ? JSON.stringify(value) : value);

function unquoted(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;
}

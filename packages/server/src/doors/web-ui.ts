import {
  decodePng,
  type GenerationRequest,
  type GenerationRequestInput,
  type Pose,
  pngSize,
  StablePoseError,
  scalePoses,
} from '@stable-pose/core';
import type { EngineModel, GenerationEngine } from '@stable-pose/sdk';
import { type Context, Hono } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import { z } from 'zod';
import { clientOf, keyOf, unstatedSeed } from '../http/caller.ts';
import { failureOf } from '../http/error-response.ts';
import { parsed, readJson } from '../http/read-body.ts';
import { checkPicture } from '../jobs/check-request.ts';
import type { Jobs } from '../jobs/jobs.ts';
import type { ServerLimits } from '../server-limits.ts';
import { makeNow, posesFor } from './make-now.ts';

/*
 * AUTOMATIC1111's API (`/sdapi/v1`, `/controlnet`), as far as programs use it to make pictures: txt2img, img2img, and a
 * ControlNet unit that holds the pose. A unit may carry a pose file in the field `pose`, or a photo with an openpose module,
 * in which the people are then looked for. A finished skeleton picture cannot be taken: our adapter needs the points.
 */

type SchedulerName = NonNullable<GenerationRequest['scheduler']>;

const samplers: readonly (readonly [name: string, scheduler: SchedulerName])[] = [
  ['DPM++ 2M', 'dpmpp-2m'],
  ['Euler a', 'euler-ancestral'],
  ['Euler', 'euler'],
  ['DDIM', 'ddim'],
  ['PLMS', 'plms'],
  ['UniPC', 'unipc'],
  ['LCM', 'lcm'],
  ['DPM-Solver++', 'dpm-solver++'],
];

const poseModules = [
  'none',
  'openpose',
  'openpose_full',
  'openpose_face',
  'openpose_hand',
  'dw_openpose_full',
];

const picture = z.string().max(2 ** 27);
const unitSchema = z.object({
  enabled: z.boolean().default(true),
  module: z.string().max(100).default('none'),
  model: z.string().max(1024).nullish(),
  image: z.union([picture, z.object({ image: picture })]).nullish(),
  input_image: picture.nullish(),
  weight: z.number().min(0).max(2).default(1),
  guidance_start: z.number().min(0).max(1).default(0),
  guidance_end: z.number().min(0).max(1).default(1),
  pose: z.unknown().optional(),
});

const txt2imgSchema = z.object({
  prompt: z.string().max(20_000).default(''),
  negative_prompt: z.string().max(20_000).nullish(),
  seed: z
    .number()
    .int()
    .min(-1)
    .max(2 ** 32 - 1)
    .default(-1),
  steps: z.number().int().min(1).nullish(),
  cfg_scale: z.number().nullish(),
  width: z.number().int().nullish(),
  height: z.number().int().nullish(),
  batch_size: z.number().int().min(1).max(16).default(1),
  n_iter: z.number().int().min(1).max(16).default(1),
  sampler_name: z.string().max(100).nullish(),
  sampler_index: z.string().max(100).nullish(),
  scheduler: z.string().max(100).nullish(),
  eta: z.number().nullish(),
  clip_skip: z.number().int().nullish(),
  override_settings: z.object({ sd_model_checkpoint: z.string().max(1024).nullish() }).nullish(),
  alwayson_scripts: z
    .record(z.string(), z.object({ args: z.array(z.unknown()).max(16).default([]) }))
    .default({}),
});

const img2imgSchema = txt2imgSchema.extend({
  init_images: z.array(picture).min(1).max(1),
  mask: picture.nullish(),
  mask_blur: z.number().int().min(0).max(512).nullish(),
  inpainting_mask_invert: z.union([z.literal(0), z.literal(1), z.boolean()]).nullish(),
  denoising_strength: z.number().min(0).max(1).default(0.75),
});

export interface WebUiOptions {
  readonly engine: GenerationEngine;
  readonly jobs: Jobs;
  readonly limits: ServerLimits;
}

/** AUTOMATIC1111's door, at the root: its paths have two beginnings. */
export function webUi(options: WebUiOptions): Hono {
  const { engine, jobs, limits } = options;
  const app = new Hono();
  /** The latest job of each client, for `progress` and `interrupt`, which name none. */
  const latest = new Map<string, string>();

  const answer = async (c: Context, body: z.output<typeof txt2imgSchema>, more: GenerationRequestInput) => {
    const models = await engine.models();
    const model = modelOf(body.override_settings?.sd_model_checkpoint, models);
    const base = baseRequest(body, model, unstatedSeed(c));
    const size = {
      width: base.width ?? more.width ?? model.config.nativeSize.width,
      height: base.height ?? more.height ?? model.config.nativeSize.height,
    };
    const posed = await readUnits(body, size, options, c.req.raw.signal);
    const request = { ...base, ...more, ...size, ...posed };
    const client = clientOf(c);
    const onTaken = (id: string) => {
      latest.delete(client);
      latest.set(client, id);
      if (latest.size > 1000) latest.delete(latest.keys().next().value as string);
    };
    const submission = { client, request, ...keyOf(c) };
    const { pictures } = await makeNow(jobs, submission, { signal: c.req.raw.signal, onTaken });
    const seeds = pictures.map(({ record }) => record.seed);
    return c.json({
      images: pictures.map(({ png }) => Buffer.from(png).toString('base64')),
      parameters: {
        prompt: body.prompt,
        steps: request.steps,
        seed: seeds[0],
        width: size.width,
        height: size.height,
      },
      info: JSON.stringify({
        prompt: body.prompt,
        all_prompts: seeds.map(() => body.prompt),
        negative_prompt: body.negative_prompt ?? '',
        seed: seeds[0],
        all_seeds: seeds,
        width: size.width,
        height: size.height,
        sd_model_name: model.id,
        extra_generation_params: {},
        warnings: pictures.flatMap(({ record }) => record.warnings),
      }),
    });
  };

  app.post('/sdapi/v1/txt2img', async (c) => answer(c, parsed(txt2imgSchema, await readJson(c)), {}));

  app.post('/sdapi/v1/img2img', async (c) => {
    const body = parsed(img2imgSchema, await readJson(c));
    const [image] = body.init_images;
    checkPicture('init_images', image, limits.inputPixels);
    return answer(c, body, {
      image: { picture: image, strength: body.denoising_strength },
      ...(body.mask
        ? {
            mask: {
              picture: body.mask,
              invert: Boolean(body.inpainting_mask_invert),
              ...(body.mask_blur == null ? {} : { feather: body.mask_blur }),
            },
          }
        : {}),
    });
  });

  app.get('/sdapi/v1/progress', (c) => {
    const id = latest.get(clientOf(c));
    const job = id !== undefined && jobs.store.has(id) ? jobs.get(id) : undefined;
    const progress = job?.state === 'running' ? jobs.events.latest(job.id) : undefined;
    const loop = progress && 'steps' in progress ? progress : undefined;
    const share = loop && loop.steps > 0 ? (loop.picture - 1 + loop.step / loop.steps) / loop.pictures : 0;
    return c.json({
      progress: share,
      eta_relative: progress?.secondsRemaining ?? 0,
      state: {
        job: job?.id ?? '',
        job_count: job && job.state !== 'done' ? 1 : 0,
        sampling_step: loop?.step ?? 0,
        sampling_steps: loop?.steps ?? 0,
      },
      current_image: job ? (jobs.events.latestPreview(job.id) ?? null) : null,
      textinfo: progress?.stage ?? null,
    });
  });

  app.post('/sdapi/v1/interrupt', async (c) => {
    const id = latest.get(clientOf(c));
    if (id !== undefined && jobs.store.has(id)) await jobs.cancel(id);
    return c.json({});
  });

  app.get('/sdapi/v1/sd-models', async (c) =>
    c.json(
      (await engine.models()).map(({ id, config }) => ({
        title: id,
        model_name: config.name,
        hash: null,
        sha256: null,
        filename: id,
        config: null,
      })),
    ),
  );
  app.get('/sdapi/v1/samplers', (c) =>
    c.json(samplers.map(([name, scheduler]) => ({ name, aliases: [scheduler], options: {} }))),
  );
  app.get('/sdapi/v1/schedulers', (c) =>
    c.json(
      ['uniform', 'karras', 'exponential'].map((name) => ({
        name,
        label: name,
        aliases: null,
        default_rho: -1,
        need_inner_model: false,
      })),
    ),
  );
  app.get('/sdapi/v1/options', async (c) =>
    c.json({ sd_model_checkpoint: (await engine.models())[0]?.id ?? null }),
  );
  app.get('/controlnet/version', (c) => c.json({ version: 2 }));
  app.get('/controlnet/module_list', (c) => c.json({ module_list: poseModules }));
  app.get('/controlnet/model_list', async (c) =>
    c.json({
      model_list: (await engine.models()).flatMap(({ adapters }) => adapters.map(({ name }) => name)),
    }),
  );

  app.onError((thrown, c) => {
    const { status, headers, error } = failureOf(thrown);
    const body = { error: error.code, detail: error.message, body: '', errors: error.message };
    return c.json(body, status as ContentfulStatusCode, headers as Record<string, string>);
  });

  return app;
}

function modelOf(asked: string | null | undefined, models: readonly EngineModel[]): EngineModel {
  // Its titles carry a hash: "model.safetensors [6ce0161689]".
  const name = asked?.replace(/ \[[0-9a-f]+\]$/, '');
  const model =
    name == null ? models[0] : models.find(({ id, config }) => id === name || config.name === name);
  if (model) return model;
  throw new StablePoseError(
    'model-not-found',
    `The server has no model ${JSON.stringify(name?.slice(0, 80) ?? '')}.`,
    {
      remedy: `There is: ${models.map(({ id }) => id).join(', ') || 'none'}.`,
    },
  );
}

function baseRequest(
  body: z.output<typeof txt2imgSchema>,
  model: EngineModel,
  unstated: number,
): GenerationRequestInput {
  const sampler = samplerOf(body.sampler_name ?? body.sampler_index, body.scheduler);
  return {
    prompt: body.prompt,
    model: model.id,
    seed: body.seed < 0 ? unstated : body.seed,
    count: body.batch_size * body.n_iter,
    ...sampler,
    ...(body.negative_prompt ? { negativePrompt: body.negative_prompt } : {}),
    ...(body.steps == null ? {} : { steps: body.steps }),
    ...(body.cfg_scale == null ? {} : { guidanceScale: body.cfg_scale }),
    ...(body.width == null ? {} : { width: body.width }),
    ...(body.height == null ? {} : { height: body.height }),
    ...(body.eta == null ? {} : { eta: body.eta }),
    ...(body.clip_skip == null ? {} : { clipSkip: body.clip_skip }),
  };
}

/** "DPM++ 2M Karras" is a sampler and how its noise levels are spread; newer programs say the two apart. */
function samplerOf(
  name: string | null | undefined,
  schedule: string | null | undefined,
): GenerationRequestInput {
  const spread = /karras|exponential/i.exec(`${schedule ?? ''} ${name ?? ''}`)?.[0].toLowerCase();
  const spacing = spread === undefined ? {} : { spacing: spread as 'karras' | 'exponential' };
  if (name == null || name === '' || name === 'Automatic') return spacing;
  const bare = name.replace(/ (Karras|Exponential|Automatic|Uniform)$/i, '').toLowerCase();
  const found = samplers.find(([label, scheduler]) => label.toLowerCase() === bare || scheduler === bare);
  if (found) return { scheduler: found[1], ...spacing };
  throw new StablePoseError(
    'invalid-request',
    `sampler_name: the server has no sampler ${JSON.stringify(name.slice(0, 60))}.`,
    {
      remedy: `There is: ${samplers.map(([label]) => label).join(', ')}.`,
      details: { field: 'sampler_name' },
    },
  );
}

/** The pose of the ControlNet units, and how strongly and how long it holds. */
async function readUnits(
  body: z.output<typeof txt2imgSchema>,
  size: { readonly width: number; readonly height: number },
  { engine, limits }: WebUiOptions,
  signal: AbortSignal,
): Promise<GenerationRequestInput> {
  const scripts = Object.entries(body.alwayson_scripts).filter(
    ([name]) => name.toLowerCase() === 'controlnet',
  );
  const units = scripts
    .flatMap(([, { args }]) => args.map((unit) => parsed(unitSchema, unit)))
    .filter(({ enabled }) => enabled);
  if (units.length === 0) return {};
  if (units.length > 1) {
    throw new StablePoseError(
      'invalid-request',
      `One ControlNet unit with a pose was expected, got ${units.length}.`,
    );
  }
  const [unit] = units;
  const poses =
    unit.pose === undefined ? await findPoses(unit, size, engine, limits, signal) : posesFor(unit.pose, size);
  const kinds = (await engine.models()).flatMap(({ adapters }) => adapters);
  const named = kinds.find(({ name }) => name === unit.model) ?? kinds[0];
  return {
    poses,
    ...(named
      ? {
          adapters: [
            {
              kind: named.config.kind,
              model: named.name,
              strength: unit.weight,
              from: unit.guidance_start,
              to: unit.guidance_end,
            },
          ],
        }
      : {}),
  };
}

async function findPoses(
  unit: z.output<typeof unitSchema>,
  size: { readonly width: number; readonly height: number },
  engine: GenerationEngine,
  limits: ServerLimits,
  signal: AbortSignal,
): Promise<readonly Pose[]> {
  const image = (typeof unit.image === 'object' ? unit.image?.image : unit.image) ?? unit.input_image;
  if (!image || !/pose/i.test(unit.module)) {
    throw new StablePoseError(
      'invalid-request',
      'A ControlNet unit needs the pose: as a file in its field "pose", or a photo as its image with the module openpose.',
      {
        remedy: 'A picture of a skeleton (module none) cannot be read: send the JSON that it was drawn from.',
        details: { field: 'alwayson_scripts.controlnet' },
      },
    );
  }
  checkPicture('image', image, limits.inputPixels);
  const bytes = Buffer.from(image.replace(/^data:[^,]*,/, ''), 'base64');
  const people = await engine.detectPose(decodePng(bytes), { signal });
  const found = people.filter(({ isGuess }) => !isGuess).map(({ pose }) => pose);
  if (found.length === 0) {
    throw new StablePoseError(
      'invalid-image',
      'No people were found in the picture of the ControlNet unit.',
      {
        remedy: 'Send another picture, or the pose itself in the field "pose".',
      },
    );
  }
  return scalePoses(found, pngSize(bytes), size, 'cover');
}

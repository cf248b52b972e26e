import {
  decodePng,
  encodePng,
  type GenerationRequestInput,
  pngSize,
  raster,
  StablePoseError,
} from '@stable-pose/core';
import type { EngineModel, GenerationEngine } from '@stable-pose/sdk';
import { apiPath } from '@stable-pose/sdk/remote';
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
 * OpenAI's images API (`/v1/images/generations`, `/v1/images/edits`, `/v1/models`), with what it has no word for in fields of
 * our own: `pose`, `seed`, `steps`, `guidance_scale`, `negative_prompt`. What only OpenAI's models know (quality, style,
 * moderation ...) is read over.
 */

const numberText = (schema: z.ZodNumber) =>
  z.preprocess((value) => (typeof value === 'string' ? Number(value) : value), schema);

/** A field of a form is text; of a JSON body it is what it is. */
const fields = {
  prompt: z.string().max(20_000),
  model: z.string().max(1024).optional(),
  n: numberText(z.number().int().min(1).max(10)).nullish(),
  size: z.string().max(20).nullish(),
  response_format: z.enum(['b64_json', 'url']).nullish(),
  output_format: z.string().max(10).nullish(),
  pose: z.unknown().optional(),
  seed: numberText(
    z
      .number()
      .int()
      .min(0)
      .max(2 ** 32 - 1),
  ).nullish(),
  steps: numberText(z.number().int().min(1)).nullish(),
  guidance_scale: numberText(z.number()).nullish(),
  negative_prompt: z.string().max(20_000).nullish(),
  strength: numberText(z.number().min(0).max(1)).nullish(),
};
const generationSchema = z.object(fields);

export interface OpenAiOptions {
  readonly engine: GenerationEngine;
  readonly jobs: Jobs;
  readonly limits: ServerLimits;
}

/** OpenAI's door, below `/v1`. */
export function openAi({ engine, jobs, limits }: OpenAiOptions): Hono {
  const app = new Hono();

  const answer = async (c: Context, request: GenerationRequestInput, asUrl: boolean) => {
    const { id, pictures } = await makeNow(
      jobs,
      { client: clientOf(c), request, ...keyOf(c) },
      { signal: c.req.raw.signal },
    );
    const origin = new URL(c.req.url).origin;
    return c.json({
      created: Math.floor(Date.now() / 1000),
      output_format: 'png',
      data: pictures.map(({ png, record }, i) => ({
        ...(asUrl
          ? { url: `${origin}${apiPath}/jobs/${id}/pictures/${i}` }
          : { b64_json: Buffer.from(png).toString('base64') }),
        seed: record.seed,
        warnings: record.warnings,
      })),
    });
  };

  app.post('/images/generations', async (c) => {
    const body = parsed(generationSchema, await readJson(c));
    const request = requestOf(body, await engine.models(), unstatedSeed(c));
    return answer(c, request, body.response_format === 'url');
  });

  app.post('/images/edits', async (c) => {
    const form = await c.req.parseBody({ all: true });
    const text = Object.fromEntries(Object.entries(form).filter(([, value]) => typeof value === 'string'));
    const body = parsed(generationSchema, text);
    const [image, ...others] = filesOf(form.image ?? form['image[]']);
    if (image === undefined || others.length > 0) {
      throw new StablePoseError(
        'invalid-input',
        `image: one picture was expected, got ${others.length + (image ? 1 : 0)}.`,
      );
    }
    const picture = await pictureOf(image, 'image', limits);
    const [mask] = filesOf(form.mask);
    const request = requestOf(
      body,
      await engine.models(),
      unstatedSeed(c),
      pngSize(Buffer.from(picture.slice(0, 64), 'base64')),
    );
    const whole: GenerationRequestInput = {
      ...request,
      image: { picture, ...(body.strength == null ? {} : { strength: body.strength }) },
      ...(mask ? { mask: { picture: editMask(await pictureOf(mask, 'mask', limits)) } } : {}),
    };
    return answer(c, whole, body.response_format === 'url');
  });

  const modelEntry = ({ id }: EngineModel) => ({ id, object: 'model', created: 0, owned_by: 'stable-pose' });
  app.get('/models', async (c) => c.json({ object: 'list', data: (await engine.models()).map(modelEntry) }));
  app.get('/models/:id', async (c) => {
    const model = (await engine.models()).find(({ id }) => id === c.req.param('id'));
    if (model === undefined) throw new StablePoseError('model-not-found', 'The server has no such model.');
    return c.json(modelEntry(model));
  });

  app.onError((thrown, c) => {
    const { status, headers, error } = failureOf(thrown);
    const type =
      status === 401
        ? 'authentication_error'
        : status === 429
          ? 'rate_limit_error'
          : status < 500
            ? 'invalid_request_error'
            : 'server_error';
    const { field } = error.details;
    const body = {
      error: {
        message: error.message,
        type,
        code: error.code,
        param: typeof field === 'string' ? field : null,
      },
    };
    return c.json(body, status as ContentfulStatusCode, headers as Record<string, string>);
  });

  return app;
}

function requestOf(
  body: z.output<typeof generationSchema>,
  models: readonly EngineModel[],
  unstated: number,
  native?: { readonly width: number; readonly height: number },
): GenerationRequestInput {
  const { prompt, n, seed, steps, pose } = body;
  if (body.output_format != null && body.output_format !== 'png') {
    throw new StablePoseError('invalid-input', 'output_format: the server makes PNG pictures only.', {
      details: { field: 'output_format' },
    });
  }
  // Programs that cannot be told another name ask for OpenAI's own.
  const known = models.find(({ id }) => id === body.model);
  const isForeign = body.model === undefined || /^(dall-e|gpt-image|chatgpt-image)/.test(body.model);
  const model = known ?? (isForeign ? models[0] : undefined);
  if (model === undefined) {
    throw new StablePoseError(
      'model-not-found',
      `The server has no model ${JSON.stringify(body.model?.slice(0, 80))}.`,
      {
        remedy: `There is: ${models.map(({ id }) => id).join(', ')}.`,
        details: { field: 'model' },
      },
    );
  }
  const size = sizeOf(body.size, model, native);
  return {
    prompt,
    ...size,
    model: model.id,
    count: n ?? 1,
    seed: seed ?? unstated,
    ...(steps == null ? {} : { steps }),
    ...(body.guidance_scale == null ? {} : { guidanceScale: body.guidance_scale }),
    ...(body.negative_prompt == null ? {} : { negativePrompt: body.negative_prompt }),
    ...(pose === undefined ? {} : { poses: posesFor(pose, size) }),
  };
}

function sizeOf(text: string | null | undefined, { config }: EngineModel, native = config.nativeSize) {
  if (text == null || text === 'auto') {
    const down = (side: number) =>
      Math.max(
        config.unet.sizeMultiple,
        Math.floor(side / config.unet.sizeMultiple) * config.unet.sizeMultiple,
      );
    return { width: down(native.width), height: down(native.height) };
  }
  const match = /^(\d{1,5})x(\d{1,5})$/.exec(text);
  if (!match) {
    throw new StablePoseError('invalid-input', `size: ${JSON.stringify(text)} is no size such as 512x512.`, {
      details: { field: 'size' },
    });
  }
  return { width: Number(match[1]), height: Number(match[2]) };
}

function filesOf(value: unknown): File[] {
  return (Array.isArray(value) ? value : [value]).filter((part) => part instanceof File);
}

async function pictureOf(file: File, field: string, limits: ServerLimits): Promise<string> {
  const base64 = Buffer.from(await file.arrayBuffer()).toString('base64');
  checkPicture(field, base64, limits.inputPixels);
  return base64;
}

/** OpenAI's mask says by transparency what is drawn anew; ours by white. */
function editMask(base64: string): string {
  const { width, height, channels, data } = decodePng(Buffer.from(base64, 'base64'));
  const mask = raster(width, height, 1);
  for (let i = 0; i < width * height; i++) mask.data[i] = channels === 4 ? 255 - data[4 * i + 3] : 0;
  return Buffer.from(encodePng(mask)).toString('base64');
}

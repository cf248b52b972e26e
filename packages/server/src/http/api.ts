import {
  decodePng,
  drawSkeleton,
  encodePng,
  StablePoseError,
  skeletonSvg,
  writePoses,
} from '@stable-pose/core';
import type { GenerationEngine } from '@stable-pose/sdk';
import {
  apiPath,
  convertPoseSchema,
  detectSchema,
  drawPoseSchema,
  matteSchema,
  protocolHeader,
  submitSchema,
  type WireResult,
} from '@stable-pose/sdk/remote';
import { type Context, Hono } from 'hono';
import { checkPicture } from '../jobs/check-request.ts';
import type { PictureRecord } from '../jobs/job-record.ts';
import type { Jobs } from '../jobs/jobs.ts';
import { pictureName } from '../jobs/picture-files.ts';
import type { ServerLimits } from '../server-limits.ts';
import { clientOf, keyOf } from './caller.ts';
import { chooseProtocol } from './choose-protocol.ts';
import { jobEventStream } from './job-event-stream.ts';
import { openApiDocument } from './open-api.ts';
import { readBody } from './read-body.ts';
import { readPoseInput } from './read-pose-input.ts';
import { wireJob } from './wire-job.ts';

export interface ApiOptions {
  readonly engine: GenerationEngine;
  readonly jobs: Jobs;
  readonly limits: ServerLimits;
  readonly version: string;
  readonly protocols: readonly number[];
  /** Aborted when the server stops: streams end, and clients come back. */
  readonly stopping: AbortSignal;
}

/** Work on pictures that does not queue: so many at a time. */
const mostAtOnce = 4;

/** Our own door: jobs, models, poses, history. */
export function api(options: ApiOptions): Hono {
  const { engine, jobs, limits, version, protocols, stopping } = options;
  const app = new Hono();
  let atOnce = 0;
  const bounded = async <T>(work: () => Promise<T>): Promise<T> => {
    if (atOnce >= mostAtOnce) {
      throw new StablePoseError('server-busy', `The server works on ${atOnce} pictures already.`, {
        remedy: 'Come again in 2 s.',
        details: { retryAfterSeconds: 2 },
      });
    }
    atOnce++;
    try {
      return await work();
    } finally {
      atOnce--;
    }
  };

  app.use(async (c, next) => {
    c.header(protocolHeader, String(chooseProtocol(c.req.header(protocolHeader), protocols)));
    return next();
  });

  app.get('/server', async (c) => {
    const description = await engine.describe();
    const { pixels, count, steps } = limits;
    const own = description.limits;
    return c.json({
      ...description,
      limits: {
        pixels: Math.min(pixels, own.pixels ?? pixels),
        count: Math.min(count, own.count ?? count),
        steps: Math.min(steps, own.steps ?? steps),
      },
      server: { version, protocols, ...jobs.counts },
    });
  });

  app.get('/models', async (c) => c.json({ models: await engine.models() }));

  app.get('/openapi.json', (c) => c.json(openApiDocument(version)));

  app.post('/jobs', async (c) => {
    const { request, priority } = await readBody(c, submitSchema);
    const { job, isNew } = await jobs.submit({ client: clientOf(c), request, priority, ...keyOf(c) });
    c.header('Location', `${apiPath}/jobs/${job.id}`);
    return c.json(wireJob(job, jobs), isNew ? 202 : 200);
  });

  app.get('/jobs/:id', (c) => c.json(wireJob(jobs.get(c.req.param('id')), jobs)));

  app.get('/jobs/:id/events', (c) => jobEventStream(c, jobs, c.req.param('id'), stopping));

  app.post('/jobs/:id/cancel', async (c) => c.json(wireJob(await jobs.cancel(c.req.param('id')), jobs)));

  app.delete('/jobs/:id', async (c) => {
    await jobs.remove(c.req.param('id'));
    return c.body(null, 204);
  });

  app.get('/jobs/:id/result', (c) => {
    const { id, result } = doneJob(jobs, c.req.param('id'));
    const wirePicture = (record: PictureRecord, place: string): WireResult['pictures'][number] => {
      const { hasHint, bytes: _, others, score, ...picture } = record;
      const url = `${apiPath}/jobs/${id}/pictures/${place}`;
      return {
        ...picture,
        warnings: [...picture.warnings],
        url,
        ...(hasHint ? { hintUrl: `${url}/hint` } : {}),
        ...(score === undefined ? {} : { score: score as WireResult['pictures'][number]['score'] }),
        ...(others === undefined
          ? {}
          : { others: others.map((other, i) => wirePicture(other, `${place}-${i}`)) }),
      };
    };
    return c.json({
      id,
      pictures: result.pictures.map((picture, i) => wirePicture(picture, `${i}`)),
      timings: result.timings,
    });
  });

  const sendPicture = async (c: Context, kind: 'picture' | 'hint') => {
    const { id, result } = doneJob(jobs, c.req.param('id') ?? '');
    const place = c.req.param('index') ?? '';
    const picture = pictureAt(result.pictures, place);
    if (picture === undefined || (kind === 'hint' && !picture.hasHint)) {
      throw new StablePoseError('file-not-found', 'The job has no such picture.');
    }
    return png(c, await jobs.files.read(id, pictureName(place, kind)));
  };
  app.get('/jobs/:id/pictures/:index', (c) => sendPicture(c, 'picture'));
  app.get('/jobs/:id/pictures/:index/hint', (c) => sendPicture(c, 'hint'));

  app.get('/jobs/:id/preview', (c) => {
    jobs.get(c.req.param('id'));
    const preview = jobs.events.latestPreview(c.req.param('id'));
    if (preview === undefined) {
      throw new StablePoseError('file-not-found', 'The job has no preview, or no longer.', {
        remedy: 'Ask for previews in the request: "previews": { "how": "linear" }.',
      });
    }
    return png(c, new Uint8Array(Buffer.from(preview, 'base64')));
  });

  app.get('/history', (c) => {
    const limit = Math.min(200, Math.max(1, Math.trunc(Number(c.req.query('limit') ?? 50)) || 50));
    const list = jobs.store.history(limit, c.req.query('before'));
    return c.json({
      jobs: list.map((job) => ({ ...wireJob(job, jobs), prompt: job.prompt })),
      ...(list.length === limit ? { next: list.at(-1)?.id } : {}),
    });
  });

  app.post('/poses/detect', async (c) => {
    const { picture, ...detect } = await readBody(c, detectSchema);
    const raster = pictureOf(picture, limits);
    const people = await bounded(() => engine.detectPose(raster, { ...detect, signal: c.req.raw.signal }));
    return c.json({ people });
  });

  app.post('/matte', async (c) => {
    const { picture } = await readBody(c, matteSchema);
    const raster = pictureOf(picture, limits);
    return png(c, encodePng(await bounded(() => engine.matte(raster, { signal: c.req.raw.signal }))));
  });

  app.post('/poses/convert', async (c) => {
    const { pose, to, ...asked } = await readBody(c, convertPoseSchema);
    const { poses, size, format, notes } = readPoseInput(pose, asked);
    const written = writePoses(poses, size, to);
    const { text, mediaType } = written;
    return c.json({ format, text, mediaType, ...size, notes: [...notes, ...written.notes] });
  });

  app.post('/poses/draw', async (c) => {
    const { pose, style, as, ...asked } = await readBody(c, drawPoseSchema);
    const { poses, size } = readPoseInput(pose, asked);
    const drawing = { width: Math.round(size.width), height: Math.round(size.height), style };
    if (drawing.width * drawing.height > limits.inputPixels) {
      throw new StablePoseError('limit-exceeded', `A skeleton may have ${limits.inputPixels} pixels.`);
    }
    if (as === 'png') return png(c, encodePng(drawSkeleton(poses, drawing)));
    // A script in an SVG of ours cannot be, but a page must not have to believe that.
    c.header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'");
    return c.body(skeletonSvg(poses, drawing), 200, { 'Content-Type': 'image/svg+xml' });
  });

  return app;
}

function doneJob(jobs: Jobs, id: string) {
  const { state, result, error } = jobs.get(id);
  if (result !== undefined) return { id, result };
  if (state === 'failed' && error) throw StablePoseError.from(error);
  if (state === 'cancelled') throw new StablePoseError('cancelled', 'The job was cancelled.');
  throw new StablePoseError('file-not-found', `The job is ${state}: there is no result yet.`, {
    remedy: 'Follow its events, and come back when it is done.',
    details: { state },
  });
}

/** @param place as in {@link pictureName} */
function pictureAt(pictures: readonly PictureRecord[], place: string): PictureRecord | undefined {
  const [, index, other] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(place) ?? [];
  const picture = index === undefined ? undefined : pictures[Number(index)];
  return other === undefined ? picture : picture?.others?.[Number(other)];
}

function pictureOf(base64: string, limits: ServerLimits) {
  checkPicture('picture', base64, limits.inputPixels);
  return decodePng(Buffer.from(base64.replace(/^data:[^,]*,/, ''), 'base64'));
}

function png(c: Context, bytes: Uint8Array): Response {
  return c.body(bytes as Uint8Array<ArrayBuffer>, 200, { 'Content-Type': 'image/png' });
}

import {
  decodePng,
  encodePng,
  type GeneratedPicture,
  type GenerationRequest,
  type GenerationResult,
  StablePoseError,
} from '@stable-pose/core';
import { requestPictureFields, withoutPictures, withPictures } from '@stable-pose/sdk/remote';
import type { Redis } from 'ioredis';
import type { QueueLayout } from './queue-layout.ts';

/** A picture of a result as JSON; its pixels lie in Redis under `name`. */
interface QueuedPicture {
  readonly name: string;
  readonly seed: number;
  readonly request: Readonly<Record<string, unknown>>;
  readonly hasHint: boolean;
  readonly score?: unknown;
  readonly others?: readonly QueuedPicture[];
  readonly warnings: readonly string[];
}

/** What a finished job returns. */
export interface QueuedResult {
  readonly pictures: readonly QueuedPicture[];
  readonly timings: GenerationResult['timings'];
}

/** Where the pixels of all pictures of a result lie. */
export function storedNames(pictures: readonly QueuedPicture[]): string[] {
  return pictures.flatMap(({ name, others }) => [name, `${name}-hint`, ...storedNames(others ?? [])]);
}

/** Parts a request into JSON and its pictures' bytes. */
export function partRequest(request: GenerationRequest): {
  readonly bare: Readonly<Record<string, unknown>>;
  readonly pictures: ReadonlyMap<string, Buffer>;
} {
  const bare = withoutPictures(request);
  const pictures = new Map<string, Buffer>();
  for (const field of requestPictureFields) {
    const base64 = request[field]?.picture;
    if (base64 !== undefined)
      pictures.set(field, Buffer.from(base64.replace(/^data:[^,]{0,100},/, ''), 'base64'));
  }
  return { bare, pictures };
}

/** Puts a request's pictures back from Redis. @throws job-not-found when their time is over */
export async function joinRequest(
  bare: Readonly<Record<string, unknown>>,
  fields: readonly string[],
  read: (name: string) => Promise<Buffer | null>,
): Promise<Record<string, unknown>> {
  const request: Record<string, unknown> = { ...bare };
  for (const field of requestPictureFields) {
    if (!fields.includes(field)) continue;
    const bytes = await read(`input-${field}`);
    if (bytes === null) throw pictureGone();
    request[field] = { ...(request[field] as object), picture: bytes.toString('base64') };
  }
  return request;
}

/**
 * Puts a result's pixels into Redis and gives the rest. `run` is another for every run, so that two that make the same job
 * never mix their pictures.
 */
export async function storeResult(
  redis: Redis,
  layout: QueueLayout,
  job: string,
  run: string,
  result: GenerationResult,
  keepSeconds: number,
): Promise<QueuedResult> {
  const put = (name: string, bytes: Uint8Array) =>
    storePicture(redis, layout.picture(job, name), bytes, keepSeconds);
  const store = async (picture: GeneratedPicture, name: string): Promise<QueuedPicture> => {
    await put(name, encodePng(picture.raster));
    if (picture.hint) await put(`${name}-hint`, encodePng(picture.hint));
    const others: QueuedPicture[] = [];
    for (const [i, other] of (picture.others ?? []).entries())
      others.push(await store(other, `${name}-${i}`));
    return {
      name,
      seed: picture.seed,
      request: withoutPictures(picture.request),
      hasHint: picture.hint !== undefined,
      warnings: picture.warnings,
      ...(picture.score === undefined ? {} : { score: picture.score }),
      ...(picture.others === undefined ? {} : { others }),
    };
  };
  const pictures: QueuedPicture[] = [];
  for (const [i, picture] of result.pictures.entries()) pictures.push(await store(picture, `${run}-${i}`));
  return { pictures, timings: result.timings };
}

export async function storePicture(
  redis: Redis,
  key: string,
  bytes: Uint8Array,
  keepSeconds: number,
): Promise<void> {
  await redis.set(key, Buffer.from(bytes), 'EX', keepSeconds);
}

/** A result with its pixels again. @throws job-not-found when their time is over */
export async function fetchResult(
  queued: QueuedResult,
  asked: GenerationRequest,
  read: (name: string) => Promise<Buffer | null>,
): Promise<GenerationResult> {
  const pixels = async (name: string) => {
    const bytes = await read(name);
    if (bytes === null) throw pictureGone();
    return decodePng(bytes);
  };
  const join = async (picture: QueuedPicture): Promise<GeneratedPicture> => {
    const raster = await pixels(picture.name);
    const hint = picture.hasHint ? await pixels(`${picture.name}-hint`) : undefined;
    const others: GeneratedPicture[] = [];
    for (const other of picture.others ?? []) others.push(await join(other));
    return {
      raster,
      seed: picture.seed,
      request: withPictures(picture.request, asked),
      warnings: picture.warnings,
      ...(hint ? { hint } : {}),
      ...(picture.score === undefined ? {} : { score: picture.score as GeneratedPicture['score'] }),
      ...(picture.others === undefined ? {} : { others }),
    };
  };
  const pictures: GeneratedPicture[] = [];
  for (const picture of queued.pictures) pictures.push(await join(picture));
  return { pictures, timings: queued.timings };
}

export function pictureGone(): StablePoseError {
  return new StablePoseError('job-not-found', 'A picture of the job is no longer in Redis.', {
    remedy: 'Ask again; if it happens often, give pictures more time or Redis more memory.',
  });
}

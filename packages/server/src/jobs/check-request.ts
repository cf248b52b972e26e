import {
  type GenerationRequest,
  type GenerationRequestInput,
  parseRequest,
  pngSize,
  StablePoseError,
} from '@stable-pose/core';
import type { EngineModel } from '@stable-pose/sdk';
import type { ServerLimits } from '../server-limits.ts';

/**
 * Checks a request from the network: its form, the server's limits, and that every name in it is one that the engine lists,
 * so that none is ever taken for a path or an address.
 * @throws invalid-request, invalid-image, limit-exceeded, model-not-found
 */
export function checkRequest(
  value: unknown,
  models: readonly EngineModel[],
  limits: ServerLimits,
): GenerationRequest {
  const request = parseRequest(value);
  const model = request.model === undefined ? models[0] : models.find(({ id }) => id === request.model);
  if (model === undefined) {
    const asked =
      request.model === undefined ? 'no model at all' : `no model "${request.model.slice(0, 80)}"`;
    throw new StablePoseError('model-not-found', `The server has ${asked}.`, {
      remedy: `There is: ${models.map(({ id }) => id).join(', ') || 'none; add one where the server runs'}.`,
    });
  }
  checkNames(request, model);
  checkLimits(request, model, limits);
  for (const [field, picture] of picturesOf(request)) checkPicture(field, picture, limits.inputPixels);
  return request;
}

function checkNames(request: GenerationRequest, model: EngineModel): void {
  const unknown = (field: string, name: string, names: readonly string[]) =>
    new StablePoseError(
      'invalid-request',
      `${field}: the server has no "${name.slice(0, 80)}" for this model.`,
      {
        remedy: `There is: ${names.join(', ') || 'none'}.`,
        details: { field },
      },
    );
  const adapterNames = model.adapters.map(({ name }) => name);
  for (const [i, use] of (request.adapters ?? []).entries()) {
    if (use.model !== undefined && !adapterNames.includes(use.model)) {
      throw unknown(`adapters[${i}].model`, use.model, adapterNames);
    }
  }
  for (const [i, lora] of request.loras.entries()) {
    if (!model.loras.includes(lora.model)) throw unknown(`loras[${i}].model`, lora.model, model.loras);
  }
  for (const [i, name] of request.embeddings.entries()) {
    if (!model.embeddings.includes(name)) throw unknown(`embeddings[${i}]`, name, model.embeddings);
  }
  if (request.vae !== undefined) throw unknown('vae', request.vae, []);
}

function checkLimits(request: GenerationRequest, { config }: EngineModel, limits: ServerLimits): void {
  const image = request.image && sizeOfPicture('image.picture', request.image.picture);
  const width = request.width ?? image?.width ?? config.nativeSize.width;
  const height = request.height ?? image?.height ?? config.nativeSize.height;
  const scale = request.detail?.scale ?? 1;
  const asked = {
    pixels: width * height * scale * scale,
    count: request.count * request.bestOf,
    steps: Math.max(request.steps ?? 0, request.detail?.steps ?? 0),
  };
  for (const name of ['pixels', 'count', 'steps'] as const) {
    if (asked[name] <= limits[name]) continue;
    throw new StablePoseError(
      'limit-exceeded',
      `The server takes requests of at most ${limits[name]} ${name}, got ${asked[name]}.`,
      {
        remedy: 'Ask for less, or change its limits.',
        details: { field: name, value: asked[name], limit: limits[name] },
      },
    );
  }
}

/** Every picture that a request holds, by its field. */
export function picturesOf(
  request: GenerationRequest | GenerationRequestInput,
): [field: string, base64: string][] {
  const { image, mask, repose } = request;
  return [
    ...(image ? [['image.picture', image.picture] satisfies [string, string]] : []),
    ...(mask ? [['mask.picture', mask.picture] satisfies [string, string]] : []),
    ...(repose?.picture ? [['repose.picture', repose.picture] satisfies [string, string]] : []),
  ];
}

/** Only the header is looked at: a picture that would unpack to more is refused before it is unpacked. */
export function checkPicture(field: string, base64: string, mostPixels: number): void {
  const { width, height } = sizeOfPicture(field, base64);
  if (width * height <= mostPixels) return;
  throw new StablePoseError(
    'limit-exceeded',
    `${field}: the server takes pictures of at most ${mostPixels} pixels, got ${width} x ${height}.`,
    { remedy: 'Scale it down first.', details: { field, value: width * height, limit: mostPixels } },
  );
}

function sizeOfPicture(field: string, base64: string): { width: number; height: number } {
  const head = base64.replace(/^data:[^,]{0,100},/, '').slice(0, 64);
  try {
    return pngSize(Buffer.from(head, 'base64'));
  } catch (cause) {
    const failure = StablePoseError.from(cause);
    throw new StablePoseError(failure.code, `${field}: ${failure.message}`, { details: { field }, cause });
  }
}

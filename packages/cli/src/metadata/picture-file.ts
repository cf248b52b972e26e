import {
  encodePng,
  type GenerationRequest,
  type GenerationRequestInput,
  type PoseScore,
  type Raster,
  StablePoseError,
} from '@stable-pose/core';
import { addPngTexts, readPngTexts } from './png-text.ts';
import { readWebUiParameters, type WebUiReading, writeWebUiParameters } from './web-ui-parameters.ts';

/** Keyword of our own text: the request as JSON. */
const requestKeyword = 'stable-pose';
/** Keyword of how well the picture keeps to its poses, as JSON. */
const scoreKeyword = 'stable-pose-score';
const parametersKeyword = 'parameters';

/** A picture as a PNG that carries the request that makes it, in our own form and in the web UI's. */
export function writePictureFile(
  picture: Raster,
  request: GenerationRequest,
  options: { readonly modelName?: string; readonly score?: PoseScore } = {},
): Uint8Array {
  return addPngTexts(
    encodePng(picture),
    new Map([
      [parametersKeyword, writeWebUiParameters(request, options.modelName)],
      [requestKeyword, JSON.stringify(request)],
      ...(options.score ? [[scoreKeyword, JSON.stringify(options.score)] as const] : []),
    ]),
  );
}

/**
 * The request that a picture carries.
 * @throws invalid-image when it is no PNG, invalid-request when it carries none or a damaged one
 */
export function readPictureFile(png: Uint8Array, file: string): WebUiReading {
  const texts = readPngTexts(png);
  const own = texts.get(requestKeyword);
  if (own !== undefined) {
    try {
      return { request: JSON.parse(own) as GenerationRequestInput, loras: [], notes: [] };
    } catch (cause) {
      throw new StablePoseError('invalid-request', `The request in ${file} is damaged.`, { cause });
    }
  }
  const reading = readWebUiParameters(texts.get(parametersKeyword) ?? '');
  if (reading) return reading;
  throw new StablePoseError('invalid-request', `The picture ${file} does not say how it was made.`, {
    remedy: 'Use a PNG as it was written: image editors and messengers remove its text.',
  });
}

import { encodePng, type GenerationRequestInput, type Raster } from '@stable-pose/core';

/** Keyword of our text in a PNG: the request as JSON, as the `stable-pose` command writes and reads it. */
const requestKeyword = 'stable-pose';

/** A picture as a PNG that carries the request that makes it. */
export function writePictureFile(picture: Raster, request: GenerationRequestInput): Uint8Array {
  // tEXt holds Latin-1; JSON can say everything in ASCII.
  const text = JSON.stringify(request).replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return encodePng(picture, { text: { [requestKeyword]: text } });
}

import { StablePoseError } from '../errors.ts';
import { type Raster, raster } from './raster.ts';

/**
 * below + (above - below) * mask / 255, rounded: untouched to the byte where the mask is 0, `above` where it is 255.
 *
 * @param mask one channel; all three pictures of one size, `below` and `above` of the same channels
 * @throws invalid-image when they do not fit each other
 */
export function blendRasters(below: Raster, above: Raster, mask: Raster): Raster {
  const fits =
    mask.channels === 1 &&
    below.channels === above.channels &&
    [above, mask].every(({ width, height }) => width === below.width && height === below.height);
  if (!fits) {
    const said = [below, above, mask].map((part) => `${part.width} x ${part.height} x ${part.channels}`);
    throw new StablePoseError(
      'invalid-image',
      `Two pictures are blended with a mask of one channel, all of the same size, got ${said.join(', ')}.`,
      { remedy: 'Resize them first.' },
    );
  }
  const { width, height, channels } = below;
  const target = raster(width, height, channels);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const share = mask.data[pixel];
    for (let c = 0; c < channels; c++) {
      const i = pixel * channels + c;
      target.data[i] = Math.round((below.data[i] * (255 - share) + above.data[i] * share) / 255);
    }
  }
  return target;
}

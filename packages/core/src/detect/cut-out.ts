import { StablePoseError } from '../errors.ts';
import { type Raster, raster, withChannels } from '../image/index.ts';

/**
 * The picture with the matte as its alpha (times the alpha it has): people without their background.
 * @param matte one channel, of the picture's size
 * @returns RGBA, not premultiplied
 * @throws invalid-image when the sizes or channels do not fit
 */
export function cutOut(picture: Raster, matte: Raster): Raster {
  const { width, height } = picture;
  if (matte.channels !== 1 || matte.width !== width || matte.height !== height) {
    throw new StablePoseError(
      'invalid-image',
      `A matte of one channel and ${width} x ${height} was expected, got ${matte.channels} channels and ${matte.width} x ${matte.height}.`,
    );
  }
  const out = raster(width, height, 4, withChannels(picture, 4).data.slice());
  for (let i = 0; i < matte.data.length; i++) {
    out.data[4 * i + 3] = Math.round((out.data[4 * i + 3] * matte.data[i]) / 255);
  }
  return out;
}

import { StablePoseError } from '../errors.ts';
import { type FloatTensor, float32 } from '../tensor/tensor.ts';
import { type Raster, raster, withChannels } from './raster.ts';

/**
 * A picture as a network takes it: byte / 127.5 - 1, rounded once to fp32.
 * @param picture grey is repeated, alpha is laid over `ground` (0-255, white unless told)
 * @returns float32 `[1, 3, H, W]` in [-1, 1]
 */
export function rasterToTensor(picture: Raster, options: { readonly ground?: number } = {}): FloatTensor {
  const { width, height, data } = withChannels(picture, 3, options.ground ?? 255);
  const plane = width * height;
  const values = new Float32Array(3 * plane);
  for (let i = 0; i < plane; i++) {
    values[i] = data[3 * i] / 127.5 - 1;
    values[i + plane] = data[3 * i + 1] / 127.5 - 1;
    values[i + 2 * plane] = data[3 * i + 2] / 127.5 - 1;
  }
  return float32([1, 3, height, width], values);
}

/**
 * A network's picture as bytes: 255 * clamp((value + 1) / 2, 0, 1); NaN becomes 0.
 *
 * @param image float32 `[B, 3, H, W]`, about [-1, 1]
 * @param options.row which of the B pictures, the first unless told
 * @param options.channels 3 (unless told) or 4, alpha 255
 * @param options.rounding `nearest` (unless told), or `down` as the reference cuts
 * @throws invalid-input for another shape or a row that is not there
 */
export function tensorToRaster(
  image: FloatTensor,
  options: {
    readonly row?: number;
    readonly channels?: 3 | 4;
    readonly rounding?: 'nearest' | 'down';
  } = {},
): Raster {
  const { row = 0, channels = 3, rounding = 'nearest' } = options;
  const [rows, planes, height, width] = image.dims;
  if (image.dims.length !== 4 || planes !== 3 || !(row >= 0 && row < rows)) {
    throw new StablePoseError(
      'invalid-input',
      `A decoded picture has the shape [B, 3, H, W] with B above ${row}, got [${image.dims}].`,
    );
  }
  const target = raster(width, height, channels);
  const plane = width * height;
  const offset = rounding === 'nearest' ? 0.5 : 0;
  for (let channel = 0; channel < 3; channel++) {
    const start = (row * 3 + channel) * plane;
    for (let i = 0; i < plane; i++) {
      const share = (image.data[start + i] + 1) / 2;
      target.data[i * channels + channel] = share > 0 ? Math.floor(255 * Math.min(1, share) + offset) : 0;
    }
  }
  if (channels === 4) for (let i = 0; i < plane; i++) target.data[4 * i + 3] = 255;
  return target;
}

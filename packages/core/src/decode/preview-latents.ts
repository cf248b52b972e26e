import type { ModelConfig } from '../contract/index.ts';
import { type Raster, raster } from '../image/index.ts';
import type { FloatTensor } from '../tensor/index.ts';

/**
 * A picture of latents without the decoder, one pixel a cell: rgb_c = sum_k matrix[k][c] latents[k] + bias[c], in [-1, 1].
 *
 * @param latents `[1, C, h, w]`, scaled as in the loop
 * @returns RGB, w x h
 */
export function previewLatents(
  latents: FloatTensor,
  { matrix, bias }: NonNullable<ModelConfig['latents']['toRgb']>,
): Raster {
  const [, channels, height, width] = latents.dims;
  const plane = width * height;
  const target = raster(width, height, 3);
  for (let cell = 0; cell < plane; cell++) {
    for (let c = 0; c < 3; c++) {
      let value = bias[c];
      for (let k = 0; k < channels; k++) value += (matrix[k]?.[c] ?? 0) * latents.data[k * plane + cell];
      target.data[3 * cell + c] = Math.min(255, Math.max(0, Math.round((value + 1) * 127.5)));
    }
  }
  return target;
}

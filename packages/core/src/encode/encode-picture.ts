import type { ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import { TileBlender, tilesOf } from '../image/index.ts';
import type { Graph } from '../runtime/index.ts';
import { type FloatTensor, float32 } from '../tensor/index.ts';

export interface EncodeOptions {
  readonly config: ModelConfig['latents'];
  /** Pixels: pictures with a longer side than `size` are encoded in tiles of it that overlap. */
  readonly tiling: { readonly size: number; readonly overlap: number };
  readonly signal?: AbortSignal;
}

/**
 * The distribution of a picture's latents, as the VAE sees it. Larger pictures pass in overlapping tiles.
 *
 * @param graph the VAE's encoder
 * @param image `[1, 3, H, W]` in [-1, 1]
 * @returns moments `[1, 2 C, H / factor, W / factor]`: mean, then logarithm of the variance
 */
export async function encodePicture(
  graph: Graph,
  image: FloatTensor,
  { config, tiling, signal }: EncodeOptions,
): Promise<FloatTensor> {
  const [, , height, width] = image.dims;
  const { factor, channels } = config;
  const encode = async (part: FloatTensor): Promise<Float32Array> => {
    const { moments } = await graph.run({ image: part }, { signal });
    if (moments?.kind !== 'cpu' || moments.type !== 'float32') {
      throw new StablePoseError(
        'internal',
        'The VAE encoder should give its moments as float32 in CPU memory.',
      );
    }
    return moments.data as Float32Array;
  };
  const [across, down] = [width / factor, height / factor];
  const dims = [1, 2 * channels, down, across];
  if (Math.max(width, height) <= tiling.size) return float32(dims, await encode(image));
  const side = Math.max(2, Math.floor(tiling.size / factor));
  const overlap = Math.min(Math.round(tiling.overlap / factor), Math.floor(side / 2));
  const blender = new TileBlender(2 * channels, across, down, Math.max(1, overlap));
  for (const place of tilesOf(across, down, side, overlap)) {
    const [w, h] = [place.width * factor, place.height * factor];
    const part = new Float32Array(3 * w * h);
    for (let c = 0; c < 3; c++) {
      for (let y = 0; y < h; y++) {
        const from = (c * height + place.y * factor + y) * width + place.x * factor;
        part.set(image.data.subarray(from, from + w), (c * h + y) * w);
      }
    }
    blender.add(place, await encode(float32([1, 3, h, w], part)));
  }
  return float32(dims, blender.result());
}

/**
 * Latents of an encoded picture, scaled as in the loop: scale x mean, or, with noise, scale x (mean + exp(logvar / 2) noise).
 *
 * @param moments `[1, 2 C, h, w]`
 * @param noise standard normal, `C h w` values
 * @returns `[1, C, h, w]`
 */
export function latentsOfMoments(moments: FloatTensor, scale: number, noise?: Float32Array): FloatTensor {
  const [, doubled, height, width] = moments.dims;
  const size = (doubled / 2) * height * width;
  const latents = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const deviation = noise === undefined ? 0 : Math.exp(moments.data[size + i] / 2) * noise[i];
    latents[i] = scale * (moments.data[i] + deviation);
  }
  return float32([1, doubled / 2, height, width], latents);
}

import type { ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import { TileBlender, tilesOf } from '../image/index.ts';
import type { Graph } from '../runtime/index.ts';
import { type FloatTensor, float32 } from '../tensor/index.ts';

/** When a VAE works in tiles, and how they meet. Pixels, multiples of the latent factor. */
export interface VaeTiling {
  /** Pictures with a longer side are cut into tiles of this side. */
  readonly size: number;
  readonly overlap: number;
}

export interface DecodeOptions {
  readonly config: ModelConfig['latents'];
  readonly tiling: VaeTiling;
  readonly signal?: AbortSignal;
}

/**
 * Latents of one picture to its colours: the decoder on latents / scale. Larger pictures pass in overlapping tiles, whose
 * colours are blended; the decoder's normalisation then sees a tile and not the whole, so colours may differ slightly.
 *
 * @param graph the VAE's decoder
 * @param latents `[1, C, h, w]`, scaled as in the loop
 * @returns `[1, 3, H, W]`, about [-1, 1]
 */
export async function decodeLatents(
  graph: Graph,
  latents: FloatTensor,
  { config, tiling, signal }: DecodeOptions,
): Promise<FloatTensor> {
  const [, channels, height, width] = latents.dims;
  const { factor, scale } = config;
  const whole = latents.data.map((value) => value / scale);
  const decode = async (values: Float32Array, w: number, h: number): Promise<Float32Array> => {
    const { image } = await graph.run({ latents: float32([1, channels, h, w], values) }, { signal });
    if (image?.kind !== 'cpu' || image.type !== 'float32') {
      throw new StablePoseError(
        'internal',
        'The VAE decoder should give its image as float32 in CPU memory.',
      );
    }
    return image.data as Float32Array;
  };
  const dims = [1, 3, height * factor, width * factor];
  if (Math.max(width, height) * factor <= tiling.size) {
    return float32(dims, await decode(whole, width, height));
  }
  const side = Math.max(2, Math.floor(tiling.size / factor));
  const overlap = Math.min(Math.round(tiling.overlap / factor), Math.floor(side / 2));
  const blender = new TileBlender(3, width * factor, height * factor, Math.max(1, overlap) * factor);
  for (const place of tilesOf(width, height, side, overlap)) {
    const part = new Float32Array(channels * place.width * place.height);
    for (let c = 0; c < channels; c++) {
      for (let y = 0; y < place.height; y++) {
        const from = (c * height + place.y + y) * width + place.x;
        part.set(whole.subarray(from, from + place.width), (c * place.height + y) * place.width);
      }
    }
    const scaled = {
      x: place.x * factor,
      y: place.y * factor,
      width: place.width * factor,
      height: place.height * factor,
    };
    blender.add(scaled, await decode(part, place.width, place.height));
  }
  return float32(dims, blender.result());
}

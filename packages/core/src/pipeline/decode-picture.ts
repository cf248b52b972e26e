import { decodeLatents, type VaeTiling } from '../decode/index.ts';
import { encodePicture, latentsOfMoments } from '../encode/index.ts';
import { StablePoseError } from '../errors.ts';
import { type Raster, rasterToTensor } from '../image/index.ts';
import type { FloatTensor } from '../tensor/index.ts';
import type { GenerationContext } from './generation-context.ts';

/** No tile of the VAE gets smaller than this, pixels. */
const smallestTile = 64;

/** Latents `[1, C, h, w]` to `[1, 3, H, W]`. Where memory runs out, smaller tiles are tried. */
export function decodeTensor(context: GenerationContext, latents: FloatTensor): Promise<FloatTensor> {
  const config = context.config.latents;
  const side = Math.max(latents.dims[2], latents.dims[3]) * config.factor;
  return inTiles(context, 'decoder', side, async (tiling) => {
    const graph = await context.parts.base('vae-decoder');
    const image = await decodeLatents(graph, latents, { config, tiling, signal: context.signal });
    if (!image.data.every(Number.isFinite)) {
      throw new StablePoseError('device-wrong', 'The decoded picture holds values that are no numbers.', {
        remedy: 'Run on another device, or with fp32 weights.',
      });
    }
    return image;
  });
}

/** A picture's latents, the mean of what the VAE sees in it, scaled as in the loop; `[C, h, w]`. */
export async function encodeToLatents(
  context: GenerationContext,
  picture: Raster | FloatTensor,
): Promise<Float32Array> {
  const image = 'dims' in picture ? picture : rasterToTensor(picture);
  const config = context.config.latents;
  const side = Math.max(image.dims[2], image.dims[3]);
  const moments = await inTiles(context, 'encoder', side, async (tiling) => {
    const graph = await context.parts.base('vae-encoder');
    return encodePicture(graph, image, { config, tiling, signal: context.signal });
  });
  return latentsOfMoments(moments, config.scale).data;
}

async function inTiles<T>(
  { request, parts }: GenerationContext,
  group: 'decoder' | 'encoder',
  side: number,
  work: (tiling: VaeTiling) => Promise<T>,
): Promise<T> {
  let tiling: VaeTiling = request.vaeTile;
  for (;;) {
    try {
      return await work(tiling);
    } catch (error) {
      const smaller = Math.floor(Math.min(tiling.size, side) / 16) * 8;
      if (StablePoseError.from(error).code !== 'out-of-memory' || smaller < smallestTile) throw error;
      await parts.releaseAllBut(group);
      tiling = { size: smaller, overlap: Math.min(tiling.overlap, smaller / 4) };
    }
  }
}

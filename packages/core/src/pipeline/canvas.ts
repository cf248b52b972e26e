import { blendRasters, type Raster, rasterToTensor, withChannels } from '../image/index.ts';
import type { Size } from '../pose/index.ts';
import { float32 } from '../tensor/index.ts';
import { encodeToLatents } from './decode-picture.ts';
import type { GenerationContext } from './generation-context.ts';
import { latentMask, softenMask } from './mask-edge.ts';

/** What a picture's loop starts from, and what it may not touch. Nothing of it for a picture from words. */
export interface Canvas {
  /** The init picture's latents, `[C, h, w]`. */
  readonly original?: Float32Array;
  /** How much is drawn anew, 0 to 1; 1 when absent. */
  readonly strength?: number;
  /** 1 where it is drawn anew, per latent cell: the rest is kept at each step. */
  readonly known?: Float32Array;
  /** For an inpainting UNet: mask (1 channel), latents of the picture without what is drawn anew. */
  readonly extraChannels?: Float32Array;
  /** At the end, the drawn picture is laid over this one through this mask. */
  readonly composite?: { readonly below: Raster; readonly mask: Raster };
}

export interface CanvasSource {
  /** RGB, of the size that is drawn. */
  readonly picture: Raster;
  /** Its latents, where they are known; encoded from the picture otherwise. */
  readonly latents?: Float32Array;
  readonly strength: number;
  /** One channel, white is drawn anew; everything is when absent. */
  readonly mask?: Raster;
  readonly feather: number;
}

/** Makes a canvas of a size from a picture and a mask, or from nothing. */
export async function prepareCanvas(
  context: GenerationContext,
  size: Size,
  source?: CanvasSource,
): Promise<Canvas> {
  const { latents: config, unet } = context.config;
  const isInpainting = unet.inputChannels > config.channels;
  const { picture, mask } = source ?? {};
  const extraChannels = isInpainting ? await inpaintingChannels(context, size, picture, mask) : undefined;
  if (source === undefined || picture === undefined) return { extraChannels };
  const original = source.latents ?? (await encodeToLatents(context, picture));
  const base = { original, strength: source.strength, extraChannels };
  if (mask === undefined) return base;
  return {
    ...base,
    // An inpainting UNet sees what is kept; blending it in as well would only blur the edge.
    known: isInpainting ? undefined : latentMask(mask, config.factor),
    composite: { below: withChannels(picture, 3), mask: softenMask(mask, source.feather) },
  };
}

/** The finished picture: untouched, to the byte, where the mask is black. */
export function composited(drawn: Raster, { composite }: Canvas): Raster {
  return composite ? blendRasters(composite.below, drawn, composite.mask) : drawn;
}

/** Mask `[1, h, w]` (0 or 1), then latents of the picture in which what is drawn anew is mid-grey. */
async function inpaintingChannels(
  context: GenerationContext,
  { width, height }: Size,
  picture: Raster | undefined,
  mask: Raster | undefined,
): Promise<Float32Array> {
  const { factor } = context.config.latents;
  const cells = mask
    ? latentMask(mask, factor).map((value) => (value > 0 ? 1 : 0))
    : new Float32Array((width / factor) * (height / factor)).fill(1);
  const seen = picture && mask ? rasterToTensor(picture) : float32([1, 3, height, width]);
  if (mask) {
    const plane = width * height;
    for (let i = 0; i < seen.data.length; i++) if (mask.data[i % plane] >= 128) seen.data[i] = 0;
  }
  const latents = await encodeToLatents(context, seen);
  const channels = new Float32Array(cells.length + latents.length);
  channels.set(cells);
  channels.set(latents, cells.length);
  return channels;
}

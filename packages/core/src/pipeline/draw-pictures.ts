import { pictureNoise } from '../denoise/index.ts';
import { type Raster, tensorToRaster, withChannels } from '../image/index.ts';
import { float32 } from '../tensor/index.ts';
import { type Canvas, composited, prepareCanvas } from './canvas.ts';
import { decodeTensor } from './decode-picture.ts';
import type { GenerationContext } from './generation-context.ts';
import { limbMask } from './limb-mask.ts';
import { inverted } from './mask-edge.ts';
import { preparePose } from './prepare-pose.ts';
import { fitPicture, readPicture } from './read-picture.ts';
import type { ResolvedRequest } from './resolve-request.ts';
import { loadNetwork, sampleLatents } from './sample-latents.ts';

/** A picture and the latents that it was decoded from, `[C, h, w]`. */
export interface DrawnPicture {
  readonly raster: Raster;
  readonly latents: Float32Array;
}

/** The seed of picture i; seeds count modulo 2^32. */
export function seedOf({ seed }: Pick<ResolvedRequest, 'seed'>, picture: number): number {
  return (seed + picture) % 2 ** 32;
}

/**
 * All pictures of a request, before any detail pass. The loops of all come before the decoding of the first, so that parts
 * which are loaded in turn are loaded once.
 */
export async function drawPictures(
  context: GenerationContext,
  request: ResolvedRequest,
): Promise<readonly DrawnPicture[]> {
  const { clock, config } = context;
  const { width, height, count } = request;
  const size = { width, height };
  const canvases = await prepareCanvases(context, request);
  const pose = await clock.during('pose', 1, () => preparePose(context, request.poses, size));
  const { channels, factor } = config.latents;
  const dims = [channels, height / factor, width / factor] as const;
  const length = dims[0] * dims[1] * dims[2];
  await clock.during('load', 1, () => loadNetwork(context, pose));
  const sampled: Float32Array[] = [];
  for (const [i, canvas] of canvases.entries()) {
    const noise = pictureNoise(seedOf(request, i), 1, length);
    const job = { size, pose, canvas, noise, steps: request.steps, previews: true };
    sampled.push(await clock.during('denoise', i + 1, () => sampleLatents(context, job)));
  }
  const drawn: DrawnPicture[] = [];
  for (let i = 0; i < count; i++) {
    const image = await clock.during('decode', i + 1, () =>
      decodeTensor(context, float32([1, ...dims], sampled[i])),
    );
    drawn.push({ raster: composited(tensorToRaster(image), canvases[i]), latents: sampled[i] });
  }
  return drawn;
}

/** One a picture; the same for all, unless each changes a picture of its own. */
async function prepareCanvases(
  context: GenerationContext,
  request: ResolvedRequest,
): Promise<readonly Canvas[]> {
  const { clock } = context;
  const { width, height, count, image, mask, repose } = request;
  const size = { width, height };
  if (repose) {
    const { picture, from, margin, feather, strength } = repose;
    const changed = limbMask(from, request.poses, size, margin);
    const given = picture ? fitPicture(readPicture(picture, 'repose.picture'), size, 'cover') : undefined;
    const before: readonly { raster: Raster; latents?: Float32Array }[] = given
      ? Array.from({ length: count }, () => ({ raster: given }))
      : await drawPictures(context, { ...request, repose: undefined, poses: from });
    const canvases: Canvas[] = [];
    for (const [i, { raster, latents }] of before.entries()) {
      const source = { picture: withChannels(raster, 3), latents, strength, feather, mask: changed };
      canvases.push(await clock.during('encode', i + 1, () => prepareCanvas(context, size, source)));
    }
    return canvases;
  }
  const source = image
    ? {
        picture: fitPicture(withChannels(readPicture(image.picture, 'image.picture'), 3), size, image.fit),
        strength: image.strength,
        feather: mask?.feather ?? 0,
        mask: mask ? readMask(mask, size, image.fit) : undefined,
      }
    : undefined;
  const canvas = await clock.during('encode', 1, () => prepareCanvas(context, size, source));
  return Array.from({ length: count }, () => canvas);
}

/** The mask as one channel of the picture's size, white where it is drawn anew: grey by luma, transparent is black. */
function readMask(
  mask: NonNullable<ResolvedRequest['mask']>,
  size: { readonly width: number; readonly height: number },
  fit: 'cover' | 'stretch',
): Raster {
  const picture = withChannels(readPicture(mask.picture, 'mask.picture'), 1, 0);
  const fitted = fitPicture(picture, size, fit);
  return mask.invert ? inverted(fitted) : fitted;
}

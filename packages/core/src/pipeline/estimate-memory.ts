import type { BasePart } from '../contract/index.ts';
import type { GraphGroup, GraphShelf, ShelfPlace } from './graph-shelf.ts';
import type { ModelParts } from './model-parts.ts';
import type { ResolvedRequest } from './resolve-request.ts';

/** Bytes that a request will need: weights as the runtime says, what the networks compute with by a rough guess. */
export interface MemoryEstimate {
  /** What every part that the request uses holds once it is loaded. */
  readonly weightBytes: number;
  /** The same of the largest group of parts that must be there at once: what is needed with parts in turn. */
  readonly largestGroupBytes: number;
  /** What of it is loaded already. */
  readonly loadedBytes: number;
  /** What loading takes on top for a moment, at most. */
  readonly loadingBytes: number;
  /** Between the layers, at the widest place. */
  readonly activationBytes: number;
  /** The same where memory is short: rows one by one, the VAE in its smallest tiles. */
  readonly leastActivationBytes: number;
}

/**
 * fp32 values that live at once at the widest place, reckoned from the architecture. UNet, a latent cell, in multiples of its
 * first level's width: the skips (about 5), a concatenated input and its block (5), and the gated MLP's inner width (8), with
 * room. VAE decoder, a pixel: 256 channels in and twice 128 out at the last level of Stable Diffusion's.
 */
const unetValuesPerCell = 24;
const decoderValuesPerPixel = 512;

/**
 * @param config the UNet's width (channels of its first level) and pixels a latent cell
 * @param weightsInPlace how parts that are not loaded yet would be
 */
export async function estimateMemory(
  parts: ModelParts,
  shelf: GraphShelf,
  request: ResolvedRequest,
  config: { readonly width: number; readonly factor: number },
  weightsInPlace: boolean,
): Promise<MemoryEstimate> {
  const base: BasePart[] = ['text-encoder', 'unet', 'vae-decoder'];
  if (request.image || request.repose?.picture || request.detail) base.push('vae-encoder');
  const places: ShelfPlace[] = base.map((part) => parts.basePlace(part));
  if (request.poses.length > 0) {
    for (const { model, strength } of request.adapters) {
      if (strength === 0) continue;
      places.push(parts.adapterPlace(model, 'hint-encoder'));
      if (parts.hasStepGraph(model)) places.push(parts.adapterPlace(model, 'adapter'));
    }
  }
  const groups = new Map<GraphGroup, number>();
  let loadedBytes = 0;
  let loadingBytes = 0;
  for (const place of places) {
    const { cost, isLoaded } = await shelf.weigh(place, weightsInPlace);
    groups.set(place.group, (groups.get(place.group) ?? 0) + cost.heldBytes);
    if (isLoaded) loadedBytes += cost.heldBytes;
    else loadingBytes = Math.max(loadingBytes, cost.peakBytes - cost.heldBytes);
  }
  const rows = request.guidanceScale === 1 ? 1 : 2;
  const pixels = request.width * request.height;
  const decoded = Math.min(pixels, request.vaeTile.size ** 2);
  const sizes = [...groups.values()];
  const rowBytes = 4 * (pixels / config.factor ** 2) * config.width * unetValuesPerCell;
  return {
    weightBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    largestGroupBytes: Math.max(...sizes),
    loadedBytes,
    loadingBytes,
    activationBytes: Math.max(rows * rowBytes, 4 * decoded * decoderValuesPerPixel),
    leastActivationBytes: rowBytes,
  };
}

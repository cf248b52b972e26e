import type { BasePart } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import { type GraphGroup, type GraphShelf, gigabytes, type ShelfPlace } from './graph-shelf.ts';
import type { ModelParts } from './model-parts.ts';
import type { ResolvedRequest } from './resolve-request.ts';

/** Bytes that a request will need. Weights are exact; what the networks compute with is a rough guess. */
export interface MemoryEstimate {
  /** Weights of every part that the request uses. */
  readonly weightBytes: number;
  /** Weights of the largest group of parts that must be there at once: what is needed with parts in turn. */
  readonly largestGroupBytes: number;
  /** Weights that are loaded already. */
  readonly loadedBytes: number;
  /** Between the layers, at the widest place. */
  readonly activationBytes: number;
}

/**
 * fp32 values that live at once at the widest place, reckoned from the architecture. UNet, a latent cell, in multiples of its
 * first level's width: the skips (about 5), a concatenated input and its block (5), and the gated MLP's inner width (8), with
 * room. VAE decoder, a pixel: 256 channels in and twice 128 out at the last level of Stable Diffusion's.
 */
const unetValuesPerCell = 24;
const decoderValuesPerPixel = 512;

/** @param config the UNet's width (channels of its first level) and pixels a latent cell */
export async function estimateMemory(
  parts: ModelParts,
  shelf: GraphShelf,
  request: ResolvedRequest,
  config: { readonly width: number; readonly factor: number },
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
  for (const place of places) {
    const { weightBytes, isLoaded } = await shelf.weigh(place);
    groups.set(place.group, (groups.get(place.group) ?? 0) + weightBytes);
    if (isLoaded) loadedBytes += weightBytes;
  }
  const rows = request.guidanceScale === 1 ? 1 : 2;
  const pixels = request.width * request.height;
  const decoded = Math.min(pixels, request.vaeTile.size ** 2);
  const sizes = [...groups.values()];
  return {
    weightBytes: sizes.reduce((sum, bytes) => sum + bytes, 0),
    largestGroupBytes: Math.max(...sizes),
    loadedBytes,
    activationBytes: Math.max(
      4 * rows * (pixels / config.factor ** 2) * config.width * unetValuesPerCell,
      4 * decoded * decoderValuesPerPixel,
    ),
  };
}

/**
 * Whether a request must load its parts in turn on a runtime that tells its free memory.
 * @throws out-of-memory with the numbers when even then the largest part does not fit
 */
export async function mustLoadInTurn(estimate: MemoryEstimate, runtime: GraphRuntime): Promise<boolean> {
  const available = await runtime.availableMemory?.();
  if (available === undefined) return false;
  const { weightBytes, loadedBytes, largestGroupBytes, activationBytes } = estimate;
  if (weightBytes - loadedBytes + activationBytes <= available) return false;
  if (largestGroupBytes > available + loadedBytes) {
    throw new StablePoseError(
      'out-of-memory',
      `This picture needs ${gigabytes(largestGroupBytes)} for weights at once and about ${gigabytes(activationBytes)} to compute with; ${gigabytes(available)} are free.`,
      {
        remedy: 'Close other programs, use a smaller model, or a smaller picture.',
        details: { ...estimate, availableBytes: available },
      },
    );
  }
  return true;
}

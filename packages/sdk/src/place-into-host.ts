import {
  cropRaster,
  type GeneratedPicture,
  type Raster,
  raster,
  resizeRaster,
  type Size,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import type { GenerationEngine } from './generation-engine.ts';
import type { HostAdapter, PictureToPlace, PlacedId } from './host-adapter.ts';
import type { HostGeneration } from './host-generation.ts';
import { writePlacedMetadata } from './placed-metadata.ts';
import type { AreaPlan } from './plan-area.ts';
import type { PreparedGeneration } from './prepare-for-host.ts';

export interface PlaceIntoHostOptions {
  readonly signal?: AbortSignal;
  /** How long to go on trying while the host is busy, milliseconds. Default 10,000. */
  readonly busyTimeoutMs?: number;
}

/** Between two tries. */
const busyPauseMs = 250;

/**
 * Places pictures that were made from a prepared generation, some or all of them: scaled back, cropped, masked by the
 * selection and the matte, with what makes them again. One undo step, or nothing.
 * @throws what the host and the engine's matte throw
 */
export async function placeIntoHost(
  host: HostAdapter,
  engine: Pick<GenerationEngine, 'matte'>,
  prepared: PreparedGeneration,
  pictures: readonly GeneratedPicture[],
  generation: HostGeneration,
  options: PlaceIntoHostOptions = {},
): Promise<readonly PlacedId[]> {
  const { signal, busyTimeoutMs = 10_000 } = options;
  const { selection, poses, from } = prepared;
  const toPlace: PictureToPlace[] = [];
  for (const picture of pictures) {
    throwIfCancelled(signal);
    toPlace.push(await pictureToPlace(host, engine, prepared, picture, generation, signal));
  }
  const keeps = generation.keepPoses ?? 'none';
  // Behind people who were cut out, a shape is their ground.
  const hidesShape =
    selection.kind === 'shape' && selection.hasMask && from === 'selection' && !generation.cutOut;
  const placement = {
    target: selection.target,
    undoName: generation.undoName ?? 'Generate picture',
    pictures: toPlace,
    ...(hidesShape ? { hidesShape } : {}),
    ...(keeps !== 'none' && poses.length > 0 && host.info.capabilities.poses === 'place'
      ? { poses: { poses, isVisible: keeps === 'visible' } }
      : {}),
  };
  const until = Date.now() + busyTimeoutMs;
  for (;;) {
    throwIfCancelled(signal);
    try {
      return await host.place(placement, { signal });
    } catch (error) {
      const isBusy = StablePoseError.is(error) && error.code === 'host-busy';
      if (!isBusy || Date.now() + busyPauseMs > until) throw error;
    }
    await pause(busyPauseMs, signal);
  }
}

async function pictureToPlace(
  host: HostAdapter,
  engine: Pick<GenerationEngine, 'matte'>,
  prepared: PreparedGeneration,
  generated: GeneratedPicture,
  generation: HostGeneration,
  signal: AbortSignal | undefined,
): Promise<PictureToPlace> {
  const { capabilities, limits } = host.info;
  const { area } = prepared;
  const way = wayBack(host, area, generated.raster);
  const picture = way(generated.raster);
  const people = generation.cutOut ? way(await engine.matte(generated.raster, { signal })) : undefined;
  const selected = prepared.mask ? resizeRaster(prepared.mask, picture.width, picture.height) : undefined;
  const mask = people && selected ? product(people, selected) : (people ?? selected);
  const isKept = mask && capabilities.pictureMasks;
  const metadata = capabilities.metadata
    ? writePlacedMetadata(
        {
          format: 'stable-pose-picture',
          version: 1,
          request: generated.request,
          area: area.placed,
          poses: prepared.poses,
          from: prepared.from,
          cutOut: generation.cutOut ?? false,
          strength: generation.strength,
          padding: generation.padding,
          feather: generation.feather,
          resolution: generation.resolution,
          // What a matte took away is not the shape's.
          ...(selected && !isKept && !people ? { isShaped: true } : {}),
        },
        limits.metadataBytes,
      )
    : undefined;
  return {
    picture: mask && !isKept ? withAlpha(picture, mask) : picture,
    area: area.placed,
    name: generation.name ?? nameOf(generated.request.prompt),
    ...(isKept ? { mask } : {}),
    ...(metadata === undefined ? {} : { metadata }),
    ...(generation.replace && prepared.selection.placed ? { replace: prepared.selection.placed.id } : {}),
  };
}

/**
 * From pixels of the drawn picture to what the host takes: exactly the placed area. Where the host scales pictures itself,
 * a picture that is finer than the canvas keeps its fineness, in whole multiples, so that the crop falls between pixels.
 */
function wayBack(host: HostAdapter, { drawn, placed }: AreaPlan, made: Size): (made: Raster) => Raster {
  const { capabilities, limits } = host.info;
  let factor = capabilities.scalesPictures ? Math.max(1, Math.round(made.width / drawn.width)) : 1;
  const side = Math.max(placed.width, placed.height);
  if (limits.placeSide !== undefined) {
    const most = limits.placeSide / side;
    factor = most >= 1 ? Math.min(factor, Math.floor(most)) : most;
  }
  const scaled = { width: Math.round(drawn.width * factor), height: Math.round(drawn.height * factor) };
  const part = {
    x: Math.round((placed.x - drawn.x) * factor),
    y: Math.round((placed.y - drawn.y) * factor),
    width: Math.max(1, Math.floor(placed.width * factor)),
    height: Math.max(1, Math.floor(placed.height * factor)),
  };
  return (source) => {
    const resized = resizeRaster(source, scaled.width, scaled.height);
    const isWhole = part.width === resized.width && part.height === resized.height;
    return isWhole ? resized : cropRaster(resized, part);
  };
}

/** Two masks of one size, multiplied. */
function product(a: Raster, b: Raster): Raster {
  return raster(
    a.width,
    a.height,
    1,
    a.data.map((value, i) => Math.round((value * b.data[i]) / 255)),
  );
}

/** For hosts without masks: the mask becomes alpha. */
function withAlpha(picture: Raster, mask: Raster): Raster {
  const source = withChannels(picture, 4);
  const target = raster(source.width, source.height, 4, source.data.slice());
  for (let i = 0; i < mask.data.length; i++) {
    target.data[4 * i + 3] = Math.round((target.data[4 * i + 3] * mask.data[i]) / 255);
  }
  return target;
}

const longestName = 40;

function nameOf(prompt: string): string {
  const words = prompt.trim().replace(/\s+/g, ' ');
  if (words.length === 0) return 'Picture';
  return words.length <= longestName ? words : `${words.slice(0, longestName - 1).trimEnd()}…`;
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}

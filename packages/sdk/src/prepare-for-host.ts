import {
  cropRaster,
  encodePng,
  type GenerationRequestInput,
  type Pose,
  type Raster,
  type Rectangle,
  raster,
  type Size,
  StablePoseError,
  sizeMultiple,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import type { EngineModel, GenerationEngine } from './generation-engine.ts';
import type { HostAdapter, HostSelection, MaskReading } from './host-adapter.ts';
import type { HostGeneration, PictureSource } from './host-generation.ts';
import { moveWithArea } from './placed-metadata.ts';
import { type AreaPlan, planArea } from './plan-area.ts';
import { toBase64 } from './remote/base64.ts';

/** Everything that was read from the document, and the request that came of it. */
export interface PreparedGeneration {
  readonly selection: HostSelection;
  readonly area: AreaPlan;
  readonly from: PictureSource;
  /** For the engine: sizes and poses in pixels of the drawn picture. */
  readonly request: GenerationRequestInput;
  /** Canvas pixels. */
  readonly poses: readonly Pose[];
  /** Of `area.placed`'s size: what of the result shows. Absent: all of it. */
  readonly mask?: Raster;
  /** What people should know: sentences. */
  readonly notes: readonly string[];
}

/**
 * Reads what a generation needs from the document and changes nothing: where, which poses, which pixels, which mask.
 * @throws what the host throws; not-supported and limit-exceeded when the result could not be placed, before the work begins
 */
export async function prepareForHost(
  host: HostAdapter,
  engine: GenerationEngine,
  generation: HostGeneration,
  signal?: AbortSignal,
): Promise<PreparedGeneration> {
  throwIfCancelled(signal);
  const selection = await host.readSelection(generation.target);
  checkPlaceable(host, selection, generation);
  const model = await modelOf(engine, generation.request);
  const { limits, can } = await engine.describe();
  if (generation.cutOut && !can.matte) {
    throw new StablePoseError('not-supported', 'This engine cannot cut people out.', {
      remedy: 'Place the whole picture, or choose another engine.',
    });
  }
  const from = generation.from ?? usualSource(selection);
  const wanted: Rectangle = selection.area ?? { x: 0, y: 0, ...sizeOf(model, generation.request) };
  const area = planArea(wanted, {
    multiple: multipleOf(model, generation.request),
    nativeSize: model.config.nativeSize,
    resolution: generation.resolution ?? 'model',
    padding:
      generation.padding ??
      (from === 'selection' ? Math.round(Math.max(wanted.width, wanted.height) / 4) : 0),
    canvas: selection.canvas,
    maxPixels: limits.pixels,
  });
  checkSide(host, area);

  const keepsShape =
    generation.replace === true && generation.keepsShape === true && !host.info.capabilities.pictureMasks;

  const notes: string[] = [];
  const poses = await posesOf(host, selection, generation.request, notes);
  throwIfCancelled(signal);
  const toPicture = (found: readonly Pose[]) => [
    ...moveWithArea(found, area.drawn, { x: 0, y: 0, ...area.size }),
  ];
  const { image: _image, mask: _mask, width: _width, height: _height, ...rest } = generation.request;
  const request: GenerationRequestInput = { ...rest, ...area.size, poses: toPicture(poses) };
  if (rest.repose) request.repose = { ...rest.repose, from: toPicture(rest.repose.from) };

  if (from !== 'words' && selection.area) {
    const seen = await readBeneath(host, selection, area, signal);
    const picture = toBase64(encodePng(seen));
    if (request.repose) request.repose = { ...request.repose, picture };
    else request.image = { picture, fit: 'stretch', ...strengthOf(generation, from) };
    if (from === 'selection' && request.image) {
      const inside = await maskInPicture(host, selection, area, keepsShape, signal);
      if (inside) {
        const { feather } = generation;
        request.mask = {
          picture: toBase64(encodePng(inside)),
          ...(feather === undefined ? {} : { feather }),
        };
      }
    }
  }
  const mask = await shapeOf(host, selection, { area: area.placed, signal }, keepsShape);
  throwIfCancelled(signal);
  return { selection, area, from, request, poses, ...(mask ? { mask } : {}), notes };
}

/** Refuses before the work what could not be placed after it. */
function checkPlaceable(host: HostAdapter, selection: HostSelection, generation: HostGeneration): void {
  const { capabilities, limits, name } = host.info;
  if (selection.obstacle) throw new StablePoseError('not-supported', selection.obstacle);
  if (selection.kind === 'nothing' && !capabilities.newCanvas) {
    throw new StablePoseError('invalid-input', 'Nothing is selected to place a picture on.', {
      remedy: 'Open a document, or select a place in it.',
    });
  }
  const count = generation.request.count ?? 1;
  if (limits.placeCount !== undefined && count > limits.placeCount) {
    throw new StablePoseError(
      'limit-exceeded',
      `${name} takes at most ${limits.placeCount} pictures at once, and ${count} were asked for.`,
      { remedy: 'Ask for fewer.', details: { count, limit: limits.placeCount } },
    );
  }
  if (!generation.replace) return;
  if (!capabilities.replacePictures || !selection.placed) {
    throw new StablePoseError(
      'not-supported',
      capabilities.replacePictures
        ? 'What is selected is no picture that was placed from here.'
        : `${name} cannot refill a picture.`,
      { remedy: 'Place a new one.' },
    );
  }
  if (count !== 1) {
    throw new StablePoseError('invalid-input', `One picture is refilled, and ${count} were asked for.`, {
      remedy: 'Set count to 1.',
    });
  }
}

function checkSide(host: HostAdapter, { placed }: AreaPlan): void {
  const { capabilities, limits, name } = host.info;
  const side = Math.max(placed.width, placed.height);
  if (capabilities.scalesPictures || limits.placeSide === undefined || side <= limits.placeSide) return;
  throw new StablePoseError(
    'limit-exceeded',
    `${name} takes pictures of at most ${limits.placeSide} pixels a side, and this place is ${placed.width} x ${placed.height}.`,
    { remedy: 'Select a smaller part.', details: { ...placed, limit: limits.placeSide } },
  );
}

/** @throws model-not-found */
async function modelOf(engine: GenerationEngine, request: GenerationRequestInput): Promise<EngineModel> {
  const models = await engine.models();
  const model = request.model ? models.find(({ id }) => id === request.model) : models[0];
  if (model) return model;
  const names = models.map(({ id }) => id).join(', ') || 'none';
  throw new StablePoseError(
    'model-not-found',
    request.model
      ? `The engine has no model "${request.model}"; there are: ${names}.`
      : 'The engine has no model.',
    { remedy: 'Choose one of these, or fetch it first.' },
  );
}

/** As the pipeline will reckon it: the UNet's multiple, and whole tokens of the adapters that are used. */
function multipleOf({ config, adapters }: EngineModel, request: GenerationRequestInput): number {
  const known = new Map(adapters.map((adapter) => [adapter.name, adapter.config]));
  const uses =
    request.adapters?.map(({ kind = 'stable-pose', model }) => ({
      kind,
      model: model ?? adapters.find((adapter) => adapter.config.kind === kind)?.name ?? '',
    })) ?? adapters.slice(0, 1).map(({ name, config: { kind } }) => ({ kind, model: name }));
  return sizeMultiple(
    config,
    known,
    uses.map((use) => ({ ...use, strength: 1, from: 0, to: 1 })),
  );
}

/** Of a new canvas. */
function sizeOf({ config }: EngineModel, { width, height }: GenerationRequestInput): Size {
  return { width: width ?? config.nativeSize.width, height: height ?? config.nativeSize.height };
}

function usualSource({ kind }: HostSelection): PictureSource {
  if (kind === 'area' || kind === 'shape') return 'selection';
  return 'words';
}

async function posesOf(
  host: HostAdapter,
  selection: HostSelection,
  request: GenerationRequestInput,
  notes: string[],
): Promise<readonly Pose[]> {
  if (request.poses) return request.poses as readonly Pose[];
  if (host.info.capabilities.poses === 'none' || selection.people === 0) return [];
  const read = await host.readPoses(selection.target);
  notes.push(...read.notes);
  return read.poses;
}

function strengthOf({ strength }: HostGeneration, from: PictureSource): { readonly strength?: number } {
  if (strength !== undefined) return { strength };
  return from === 'selection' ? { strength: 1 } : {};
}

/** What lies on the drawn area, RGB, of the picture's size. Beyond the canvas its border is repeated; nothing is white. */
async function readBeneath(
  host: HostAdapter,
  { target, canvas }: HostSelection,
  { drawn, size }: AreaPlan,
  signal: AbortSignal | undefined,
): Promise<Raster> {
  const seen = await host.readPixels(target, { area: drawn, size, signal });
  const whole = withChannels(seen, 3);
  if (!canvas) return whole;
  const toX = size.width / drawn.width;
  const toY = size.height / drawn.height;
  // Inwards, so that no half-transparent row at the border is repeated.
  const left = Math.max(0, Math.ceil(-drawn.x * toX));
  const top = Math.max(0, Math.ceil(-drawn.y * toY));
  const right = Math.min(size.width, Math.floor((canvas.width - drawn.x) * toX));
  const bottom = Math.min(size.height, Math.floor((canvas.height - drawn.y) * toY));
  const isInside = left === 0 && top === 0 && right === size.width && bottom === size.height;
  return isInside || right <= left || bottom <= top
    ? whole
    : repeatBorder(whole, { left, top, right, bottom });
}

function repeatBorder(
  source: Raster,
  { left, top, right, bottom }: { left: number; top: number; right: number; bottom: number },
): Raster {
  const { width, height, channels } = source;
  const target = raster(width, height, channels);
  for (let y = 0; y < height; y++) {
    const fromY = Math.min(bottom - 1, Math.max(top, y));
    for (let x = 0; x < width; x++) {
      const fromX = Math.min(right - 1, Math.max(left, x));
      const from = (fromY * width + fromX) * channels;
      target.data.set(source.data.subarray(from, from + channels), (y * width + x) * channels);
    }
  }
  return target;
}

/** The selection as a mask; or what shows of the picture that is refilled. Undefined where it is simply its rectangle. */
async function shapeOf(
  host: HostAdapter,
  { target, hasMask }: HostSelection,
  reading: MaskReading,
  keepsShape: boolean,
): Promise<Raster | undefined> {
  if (hasMask) return host.readMask(target, reading);
  if (!keepsShape) return undefined;
  const { width, height, data } = await host.readPixels(target, { ...reading, layers: 'selected' });
  const mask = raster(width, height, 1);
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = data[4 * i + 3];
  return mask;
}

/** The selection in the drawn picture; its rectangle when it is no more than that; undefined when that is everything. */
async function maskInPicture(
  host: HostAdapter,
  selection: HostSelection,
  { drawn, placed, size }: AreaPlan,
  keepsShape: boolean,
  signal: AbortSignal | undefined,
): Promise<Raster | undefined> {
  const mask = await shapeOf(host, selection, { area: drawn, size, signal }, keepsShape);
  if (mask) return mask;
  const toX = size.width / drawn.width;
  const toY = size.height / drawn.height;
  const left = Math.round((placed.x - drawn.x) * toX);
  const top = Math.round((placed.y - drawn.y) * toY);
  const right = Math.round((placed.x + placed.width - drawn.x) * toX);
  const bottom = Math.round((placed.y + placed.height - drawn.y) * toY);
  if (left <= 0 && top <= 0 && right >= size.width && bottom >= size.height) return undefined;
  const inside = raster(Math.max(1, right - left), Math.max(1, bottom - top), 1);
  inside.data.fill(255);
  return cropRaster(inside, { x: -left, y: -top, ...size });
}

import { type Raster, type Rectangle, raster, type Size } from '@stable-pose/core';
import type { ImagingBounds } from '../photoshop/imaging.ts';
import type { Photoshop, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { findPeople } from '../skeleton/find-people.ts';
import { changeDocument } from './change-document.ts';
import { sRgbProfile } from './document-colour.ts';
import { boundsOf, intersection, readPart } from './read-part.ts';
import { inDocument, type WorkPlace } from './work-place.ts';

export interface CanvasReading {
  /** Canvas pixels. */
  readonly area: Rectangle;
  readonly size: Size;
  readonly layers: 'visible' | 'selected';
  /** Runs what needs a modal scope when no other does. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * What the canvas shows, or what the chosen layers show alone; skeletons are left out. Where layers have to be hidden for
 * that, they are in a modal scope that is taken back, so that no trace of it stays.
 */
export async function readCanvas(
  photoshop: Photoshop,
  place: WorkPlace,
  reading: CanvasReading,
): Promise<Raster> {
  const { document } = place;
  const { area, size, layers } = reading;
  const people = await findPeople(photoshop, document, document.layers);
  const skeletons = new Set(people.map(({ group }) => group.id));
  if (layers === 'visible') {
    const inPixels = inDocument(place, area);
    const shown = people
      .map(({ group }) => group)
      .filter((group) => isShown(group) && meets(group.boundsNoEffects, inPixels));
    if (shown.length === 0) return readComposite(photoshop, place, area, size);
    return readChanged(photoshop, place, reading, () => {
      for (const layer of shown) layer.visible = false;
    });
  }
  const chosen = document.activeLayers.filter((layer) => !isWithin(layer, skeletons));
  if (chosen.length === 0) return raster(size.width, size.height, 4);
  const [only] = chosen;
  if (chosen.length === 1 && only.kind !== 'group') return readComposite(photoshop, place, area, size, only);
  const ids = new Set(chosen.map(({ id }) => id));
  return readChanged(photoshop, place, reading, () => {
    hideOthers(document.layers, ids, skeletons);
  });
}

async function readComposite(
  { imaging }: Photoshop,
  place: WorkPlace,
  area: Rectangle,
  size: Size,
  layer?: PhotoshopLayer,
): Promise<Raster> {
  const { document, artboard, canvas } = place;
  const whole = boundsOf(canvas);
  const content = layer
    ? layer.boundsNoEffects
    : artboard && !artboard.isClear
      ? whole
      : contentOf(artboard?.layer.layers ?? document.layers);
  // What lies beyond the canvas is not seen, and not asked for.
  const onDocument = intersection(whole, { left: 0, top: 0, right: document.width, bottom: document.height });
  const inside = content && onDocument && intersection(content, onDocument);
  if (!inside) return raster(size.width, size.height, 4);
  return readPart(inDocument(place, area), size, inside, 4, (part) =>
    imaging.getPixels({
      documentID: document.id,
      ...(layer ? { layerID: layer.id } : {}),
      ...part,
      colorSpace: 'RGB',
      colorProfile: sRgbProfile,
      componentSize: 8,
    }),
  );
}

/** Layers blend with each other as Photoshop blends them: some are hidden, and shown again by taking it back. */
function readChanged(
  photoshop: Photoshop,
  place: WorkPlace,
  { area, size, inTurn }: CanvasReading,
  hide: () => void,
): Promise<Raster> {
  const change = { documentId: place.document.id, name: 'Read layers', keep: 'nothing' as const };
  return inTurn(() =>
    changeDocument(photoshop, change, async () => {
      hide();
      return readComposite(photoshop, place, area, size);
    }),
  );
}

/** Where any layer that is shown may have pixels: asking beyond it is an error in Photoshop. */
function contentOf(layers: readonly PhotoshopLayer[]) {
  const shown = layers
    .filter(({ visible }) => visible)
    .map(({ boundsNoEffects }) => boundsNoEffects)
    .filter(({ left, top, right, bottom }) => right > left && bottom > top);
  if (shown.length === 0) return undefined;
  return {
    left: Math.min(...shown.map(({ left }) => left)),
    top: Math.min(...shown.map(({ top }) => top)),
    right: Math.max(...shown.map(({ right }) => right)),
    bottom: Math.max(...shown.map(({ bottom }) => bottom)),
  };
}

/**
 * Shows the chosen layers, what lies in them and the groups that they lie in, and nothing else; skeletons never.
 * @returns whether any was chosen
 */
function hideOthers(
  layers: readonly PhotoshopLayer[],
  chosen: ReadonlySet<number>,
  skeletons: ReadonlySet<number>,
  isInChosen = false,
): boolean {
  let hasAny = false;
  for (const layer of layers) {
    const isChosen = isInChosen || chosen.has(layer.id);
    const isSkeleton = skeletons.has(layer.id);
    const holds =
      layer.layers !== undefined && !isSkeleton && hideOthers(layer.layers, chosen, skeletons, isChosen);
    const isShown = !isSkeleton && (isChosen || holds);
    if (!isShown && layer.visible) layer.visible = false;
    hasAny ||= isShown;
  }
  return hasAny;
}

function isShown(layer: PhotoshopLayer): boolean {
  for (let above: PhotoshopLayer | null = layer; above; above = above.parent)
    if (!above.visible) return false;
  return true;
}

function isWithin(layer: PhotoshopLayer, groups: ReadonlySet<number>): boolean {
  for (let above: PhotoshopLayer | null = layer; above; above = above.parent)
    if (groups.has(above.id)) return true;
  return false;
}

function meets(bounds: ImagingBounds, area: Rectangle): boolean {
  return intersection(bounds, boundsOf(area)) !== undefined;
}

import type { Rectangle } from '@stable-pose/core';
import type { ImagingBounds } from '../photoshop/imaging.ts';
import type { PhotoshopAction } from '../photoshop/photoshop.ts';
import { readLayerSettings, writeLayerSetting } from './layer-settings.ts';

/** What we leave on a layer that we placed. */
export interface LayerNote {
  /** Where the picture was placed. */
  readonly area: Rectangle;
  /** The layer's bounds right after, trimmed to its pixels: what tells later how far people moved it. */
  readonly bounds: ImagingBounds;
  readonly hasMask: boolean;
  readonly metadata?: string;
}

const property = 'stablePose';

/** Modal scope only. @throws what Photoshop says when it refuses */
export function writeLayerNote(
  action: PhotoshopAction,
  documentId: number,
  layerId: number,
  note: LayerNote,
): Promise<void> {
  return writeLayerSetting(action, { documentId, layerId }, property, JSON.stringify(note));
}

/** Undefined for a layer that is not ours. */
export async function readLayerNote(
  action: PhotoshopAction,
  documentId: number,
  layerId: number,
): Promise<LayerNote | undefined> {
  const [note] = await readLayerNotes(action, documentId, [{ id: layerId }]);
  return note;
}

/** Of several, in one call. */
export async function readLayerNotes(
  action: PhotoshopAction,
  documentId: number,
  layers: readonly { readonly id: number }[],
): Promise<readonly (LayerNote | undefined)[]> {
  const places = layers.map(({ id }) => ({ documentId, layerId: id }));
  const notes = await readLayerSettings(action, places, property);
  return notes.map((json) => (json === undefined ? undefined : parsed(json)));
}

function parsed(json: string): LayerNote | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // Cut off by another program: the layer is a layer like any other then.
    return undefined;
  }
  const { area, bounds, hasMask, metadata } = (value ?? {}) as Partial<LayerNote>;
  const isArea = area !== undefined && [area.x, area.y, area.width, area.height].every(Number.isInteger);
  const isBounds =
    bounds !== undefined &&
    [bounds.left, bounds.top, bounds.right, bounds.bottom].every((side) => Number.isFinite(side));
  if (!isArea || !isBounds) return undefined;
  return {
    area,
    bounds,
    hasMask: hasMask === true,
    ...(typeof metadata === 'string' ? { metadata } : {}),
  };
}

/** Where a placed picture is now: moved with its layer, or the layer's bounds when it was scaled or cut. */
export function placedArea({ area, bounds }: LayerNote, now: ImagingBounds): Rectangle {
  const isSame =
    now.right - now.left === bounds.right - bounds.left &&
    now.bottom - now.top === bounds.bottom - bounds.top;
  if (isSame) return { ...area, x: area.x + now.left - bounds.left, y: area.y + now.top - bounds.top };
  const width = now.right - now.left;
  const height = now.bottom - now.top;
  return width > 0 && height > 0 ? { x: now.left, y: now.top, width, height } : area;
}

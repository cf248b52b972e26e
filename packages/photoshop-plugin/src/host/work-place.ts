import { type Rectangle, StablePoseError } from '@stable-pose/core';
import type { HostTarget } from '@stable-pose/sdk';
import type { ImagingBounds } from '../photoshop/imaging.ts';
import type { Photoshop, PhotoshopDocument, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { everyLayer, openDocument } from './change-document.ts';
import { layerReference } from './layer-settings.ts';

/** Where people work: a document, or an artboard of one, and what of it was selected. */
export interface WorkPlace {
  readonly document: PhotoshopDocument;
  /** The canvas, in pixels of the document: an artboard may lie anywhere in it. */
  readonly canvas: Rectangle;
  readonly artboard?: Artboard;
  /** A picture of ours. */
  readonly layer?: PhotoshopLayer;
  /** Groups of the people that were selected. */
  readonly peopleIds?: readonly number[];
}

export interface Artboard {
  readonly layer: PhotoshopLayer;
  readonly bounds: Rectangle;
  /** It has no ground of its own. */
  readonly isClear: boolean;
}

/** `artboardBackgroundType` of an artboard without a ground. */
const clearGround = 3;

export function targetOf({ document, artboard, layer, peopleIds }: WorkPlace): HostTarget {
  const board = artboard ? `a${artboard.layer.id}` : '';
  const people = peopleIds ? `p${peopleIds.join('.')}` : '';
  return `d${document.id}${board}${layer ? `l${layer.id}` : people}`;
}

/** @throws host-target-gone */
export async function placeOfTarget(photoshop: Photoshop, target: HostTarget): Promise<WorkPlace> {
  const [, documentId, boardId, layerId, people] =
    /^d(\d+)(?:a(\d+))?(?:l(\d+)|p([\d.]+))?$/.exec(target) ?? [];
  const document = openDocument(photoshop.app, Number(documentId ?? -1));
  const place = await placeIn(photoshop, document, boardId === undefined ? undefined : Number(boardId));
  if (people !== undefined) {
    return { ...place, peopleIds: people.split('.').map(Number) };
  }
  if (layerId === undefined) return place;
  return { ...place, layer: layerOf(document, Number(layerId)) };
}

/** Where the chosen layer is; undefined when no document is open. */
export async function placeOfSelection(photoshop: Photoshop): Promise<WorkPlace | undefined> {
  const document = photoshop.app.activeDocument;
  if (document === null) return undefined;
  return placeIn(photoshop, document, chosenBoards(document)[0]);
}

/** More artboards that hold chosen layers, for batches. */
export async function otherArtboards(
  photoshop: Photoshop,
  { document, artboard }: WorkPlace,
): Promise<readonly WorkPlace[]> {
  const places: WorkPlace[] = [];
  for (const id of chosenBoards(document)) {
    if (id !== artboard?.layer.id) places.push(await placeIn(photoshop, document, id));
  }
  return places;
}

/** Artboards that are chosen, or hold what is. */
function chosenBoards(document: PhotoshopDocument): readonly number[] {
  const boards = new Set([...document.artboards].map(({ id }) => id));
  if (boards.size === 0) return [];
  const chosen = new Set<number>();
  for (const layer of document.activeLayers) {
    for (let above: PhotoshopLayer | null = layer; above; above = above.parent) {
      if (boards.has(above.id)) chosen.add(above.id);
    }
  }
  return [...chosen];
}

async function placeIn(
  { action }: Photoshop,
  document: PhotoshopDocument,
  boardId: number | undefined,
): Promise<WorkPlace> {
  if (boardId === undefined) {
    return { document, canvas: { x: 0, y: 0, width: document.width, height: document.height } };
  }
  const layer = layerOf(document, boardId);
  const command = {
    _obj: 'get',
    _target: [{ _property: 'artboard' }, ...layerReference({ documentId: document.id, layerId: boardId })],
  };
  const [result] = await action.batchPlay([command], {});
  const { artboardRect, artboardBackgroundType } = (result?.artboard ?? {}) as {
    readonly artboardRect?: ImagingBounds;
    readonly artboardBackgroundType?: number;
  };
  if (!artboardRect) throw gone('artboard');
  const { left, top, right, bottom } = artboardRect;
  const bounds = { x: left, y: top, width: right - left, height: bottom - top };
  const isClear = artboardBackgroundType === clearGround;
  return { document, canvas: bounds, artboard: { layer, bounds, isClear } };
}

/** @throws host-target-gone */
function layerOf(document: PhotoshopDocument, id: number): PhotoshopLayer {
  for (const layer of everyLayer(document.layers)) if (layer.id === id) return layer;
  throw gone('layer');
}

function gone(what: string): StablePoseError {
  return new StablePoseError('host-target-gone', `The ${what} that was worked on is no longer there.`, {
    remedy: 'Select a place and try again.',
  });
}

/** From pixels of the place's canvas to the document's. */
export function inDocument({ canvas }: WorkPlace, area: Rectangle): Rectangle {
  return { ...area, x: area.x + canvas.x, y: area.y + canvas.y };
}

/** From pixels of the document to those of the place's canvas. */
export function onCanvas({ canvas }: WorkPlace, area: Rectangle): Rectangle {
  return { ...area, x: area.x - canvas.x, y: area.y - canvas.y };
}

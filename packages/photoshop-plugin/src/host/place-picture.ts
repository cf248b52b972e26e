import { type Raster, type Rectangle, raster, resizeRaster, StablePoseError } from '@stable-pose/core';
import type { PictureToPlace, PlacedId } from '@stable-pose/sdk';
import type { Photoshop, PhotoshopDocument, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { everyLayer, selectLayer } from './change-document.ts';
import { type ColourSamples, colourSamples, maskSamples } from './colour-samples.ts';
import { type DocumentColour, greyProfile } from './document-colour.ts';
import { placedArea, readLayerNote, readLayerNotes, writeLayerNote } from './layer-note.ts';
import { boundsOf, intersection } from './read-part.ts';
import { withImageData } from './with-image-data.ts';

/** How a picture is to lie in the document. */
export interface PictureWay {
  readonly colour: DocumentColour;
  readonly asSmartObject: boolean;
  /** The artboard that it belongs to. */
  readonly inside?: PhotoshopLayer;
  /** Groups that it must not lie in: a new layer comes to the active one, which may be a skeleton's. */
  readonly outside: readonly PhotoshopLayer[];
}

/**
 * Writes one picture as a pixel layer or a smart object, its mask as a layer mask, and what belongs to it as a note on the
 * layer. Inside a modal scope, in the active document, whose pixels `area` is in.
 * @throws host-target-gone when the picture to refill is no longer there
 */
export async function placePicture(
  photoshop: Photoshop,
  document: PhotoshopDocument,
  way: PictureWay,
  { picture, area: wanted, mask, name, metadata, replace }: PictureToPlace,
): Promise<PlacedId> {
  const { action, imaging } = photoshop;
  const { colour } = way;
  const old = replace === undefined ? undefined : findLayer(document, replace);
  const note = old && (await readLayerNote(action, document.id, old.id));
  const area = old && note ? placedArea(note, old.boundsNoEffects) : wanted;
  // What is inside a smart object cannot be written through the imaging module: a new layer takes its place.
  const isRefilled = old !== undefined && old.kind !== 'smartObject';
  const drawn = isRefilled ? old : await newLayer(photoshop, document, { name, area, above: old }, way);
  if (isRefilled) drawn.name = name;
  const fitted = sizedTo(picture, area.width, area.height);
  const targetBounds = { left: area.x, top: area.y };
  await put(photoshop, fitted, colourSamples(fitted, colour), colour, (imageData) =>
    imaging.putPixels({
      documentID: document.id,
      layerID: drawn.id,
      targetBounds,
      imageData,
      replace: true,
    }),
  );
  const becomesSmart = old ? old.kind === 'smartObject' : way.asSmartObject;
  const layer = becomesSmart ? await smartObjectOf(photoshop, document, drawn) : drawn;
  const bounds = { ...layerBounds(layer) };
  const hasMask = mask !== undefined || note?.hasMask === true;
  if (hasMask) {
    // An old mask would go on hiding what the new picture shows.
    const shown = mask ? sizedTo(mask, area.width, area.height) : opaque(area.width, area.height);
    await put(
      photoshop,
      shown,
      maskSamples(shown),
      { space: 'Grayscale', profile: greyProfile },
      (imageData) =>
        imaging.putLayerMask({
          documentID: document.id,
          layerID: layer.id,
          targetBounds,
          imageData,
          replace: true,
        }),
    );
  }
  await writeLayerNote(action, document.id, layer.id, {
    area,
    bounds,
    hasMask,
    ...(metadata === undefined ? {} : { metadata }),
  });
  if (old && !isRefilled) old.delete();
  return String(layer.id);
}

async function newLayer(
  { action }: Photoshop,
  document: PhotoshopDocument,
  {
    name,
    area,
    above,
  }: { readonly name: string; readonly area: Rectangle; readonly above: PhotoshopLayer | undefined },
  { inside, outside }: PictureWay,
): Promise<PhotoshopLayer> {
  if (above) await selectLayer(action, document.id, above.id);
  const layer = await document.createPixelLayer({ name });
  if (layer === null) throw new StablePoseError('host-failed', 'Photoshop made no layer.');
  const within = outside.find((group) => isIn(layer, group));
  if (within) layer.move(within, 'placeAfter');
  if (inside && !isIn(layer, inside)) layer.move(inside, 'placeInside');
  // The active layer stays active, so the next picture would come beneath the last one, and hide.
  const cover = above ? undefined : await coverOf(action, document, layer, area);
  if (cover) layer.move(cover, 'placeBefore');
  return layer;
}

/** Of what lies over a layer beside it, the topmost that is a picture of ours, or a group with one, and covers the area in part. */
async function coverOf(
  action: Photoshop['action'],
  document: PhotoshopDocument,
  layer: PhotoshopLayer,
  area: Rectangle,
): Promise<PhotoshopLayer | undefined> {
  const beside = layer.parent?.layers ?? document.layers;
  const own = layer.id;
  const over = beside.slice(
    0,
    beside.findIndex(({ id }) => id === own),
  );
  const parts = over.flatMap((one) => [one, ...(one.layers ?? [])].map((part) => ({ one, part })));
  const notes = await readLayerNotes(
    action,
    document.id,
    parts.map(({ part }) => part),
  );
  return parts.find(({ part }, i) => notes[i] && intersection(part.boundsNoEffects, boundsOf(area)))?.one;
}

function isIn({ parent }: PhotoshopLayer, group: PhotoshopLayer): boolean {
  for (let above = parent; above; above = above.parent) if (above.id === group.id) return true;
  return false;
}

/** As Layer > Smart Objects > Convert. The layer becomes another one, which is the active one. */
async function smartObjectOf(
  { action }: Photoshop,
  document: PhotoshopDocument,
  layer: PhotoshopLayer,
): Promise<PhotoshopLayer> {
  await selectLayer(action, document.id, layer.id);
  const [result] = await action.batchPlay([{ _obj: 'newPlacedLayer' }], {});
  const [made] = document.activeLayers;
  if (result?._obj === 'error' || made === undefined) {
    throw new StablePoseError('host-failed', 'Photoshop made no smart object of the picture.', {
      remedy: 'Choose "Place as pixel layer" in the panel\'s menu.',
    });
  }
  return made;
}

/** Hands pixels to Photoshop, and disposes what it kept of them. */
export async function put(
  { imaging }: Photoshop,
  { width, height }: Raster,
  { data, components }: ColourSamples,
  { space, profile }: Pick<DocumentColour, 'space' | 'profile'>,
  write: Parameters<typeof withImageData<void>>[1],
): Promise<void> {
  const image = await imaging.createImageDataFromBuffer(data, {
    width,
    height,
    components,
    colorSpace: space,
    colorProfile: profile,
  });
  await withImageData(image, write);
}

function findLayer(document: PhotoshopDocument, id: PlacedId): PhotoshopLayer {
  for (const layer of everyLayer(document.layers)) if (String(layer.id) === id) return layer;
  throw new StablePoseError('host-target-gone', 'The picture to refill is no longer in the document.', {
    remedy: 'Place it as a new one.',
  });
}

function layerBounds({ boundsNoEffects: { left, top, right, bottom } }: PhotoshopLayer) {
  return { left, top, right, bottom };
}

function sizedTo(source: Raster, width: number, height: number): Raster {
  if (source.width === width && source.height === height) return source;
  return resizeRaster(source, width, height);
}

function opaque(width: number, height: number): Raster {
  const mask = raster(width, height, 1);
  mask.data.fill(255);
  return mask;
}

import { type Raster, raster, resizeRaster, StablePoseError } from '@stable-pose/core';
import type { PictureToPlace, PlacedId } from '@stable-pose/sdk';
import type { Photoshop, PhotoshopDocument, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { everyLayer } from './change-document.ts';
import { type ColourSamples, colourSamples, maskSamples } from './colour-samples.ts';
import { type DocumentColour, greyProfile } from './document-colour.ts';
import { placedArea, readLayerNote, writeLayerNote } from './layer-note.ts';
import { withImageData } from './with-image-data.ts';

/**
 * Writes one picture as a pixel layer, its mask as a layer mask, and what belongs to it as a note on the layer. Inside a modal
 * scope, in the active document. @throws host-target-gone when the picture to refill is no longer there
 */
export async function placePicture(
  photoshop: Photoshop,
  document: PhotoshopDocument,
  colour: DocumentColour,
  { picture, area: wanted, mask, name, metadata, replace }: PictureToPlace,
): Promise<PlacedId> {
  const { action, imaging } = photoshop;
  const old = replace === undefined ? undefined : findLayer(document, replace);
  const note = old && (await readLayerNote(action, document.id, old.id));
  const area = old && note ? placedArea(note, old.boundsNoEffects) : wanted;
  const layer = old ?? (await document.createPixelLayer({ name }));
  if (layer === null) throw new StablePoseError('host-failed', 'Photoshop made no layer.');
  if (old) layer.name = name;
  const fitted = sizedTo(picture, area.width, area.height);
  const place = { documentID: document.id, layerID: layer.id, targetBounds: { left: area.x, top: area.y } };
  await put(photoshop, fitted, colourSamples(fitted, colour), colour, (imageData) =>
    imaging.putPixels({ ...place, imageData, replace: true }),
  );
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
      (imageData) => imaging.putLayerMask({ ...place, imageData, replace: true }),
    );
  }
  await writeLayerNote(action, document.id, layer.id, {
    area,
    bounds,
    hasMask,
    ...(metadata === undefined ? {} : { metadata }),
  });
  return replace ?? String(layer.id);
}

async function put(
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

import type { PhotoshopAction } from '../photoshop/photoshop.ts';

/** Which layer of which document. */
export interface LayerPlace {
  readonly documentId: number;
  readonly layerId: number;
}

/** As Photoshop's commands name a layer. */
export const layerReference = ({ documentId, layerId }: LayerPlace) => [
  { _ref: 'layer', _id: layerId },
  { _ref: 'document', _id: documentId },
];

/**
 * A layer's generator settings are saved with the document, follow duplicates, and are kept apart by plug-in
 * (they were made for Adobe Generator; action manager property `generatorSettings`).
 */
const target = (place: LayerPlace) => [
  { _ref: 'property', _property: 'generatorSettings' },
  ...layerReference(place),
];

/** Modal scope only. @throws what Photoshop says when it refuses */
export async function writeLayerSetting(
  action: PhotoshopAction,
  place: LayerPlace,
  property: string,
  json: string,
): Promise<void> {
  const command = { _obj: 'set', _target: target(place), to: { _obj: property, json }, property };
  const [result] = await action.batchPlay([command], {});
  // A command that fails does not reject: its result is an error.
  if (result?._obj === 'error') throw new Error(String(result.message ?? 'The layer took no note.'));
}

/** In the order of the layers; undefined where there is none. One call, however many layers. */
export async function readLayerSettings(
  action: PhotoshopAction,
  places: readonly LayerPlace[],
  property: string,
): Promise<readonly (string | undefined)[]> {
  if (places.length === 0) return [];
  const commands = places.map((place) => ({ _obj: 'get', _target: target(place), property }));
  // A layer that refuses the question stands for itself alone.
  const results = await action.batchPlay(commands, { continueOnError: true });
  return places.map((_, i) => {
    const settings = results[i]?.generatorSettings as Readonly<Record<string, unknown>> | undefined;
    const own = (settings?.[property] ?? settings) as { readonly json?: unknown } | undefined;
    return typeof own?.json === 'string' ? own.json : undefined;
  });
}

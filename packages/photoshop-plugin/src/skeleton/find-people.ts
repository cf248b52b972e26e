import { everyLayer } from '../host/change-document.ts';
import { readLayerSettings } from '../host/layer-settings.ts';
import type { Photoshop, PhotoshopDocument, PhotoshopLayer } from '../photoshop/photoshop.ts';
import { type PersonRecord, personProperty, readRecord } from './person-record.ts';

/** A group in a document that is one person. */
export interface FoundPerson {
  readonly group: PhotoshopLayer;
  readonly record: PersonRecord;
}

/** The people among `layers`, hidden ones too, from back to front. Duplicated groups carry their record with them. */
export async function findPeople(
  { action }: Photoshop,
  document: PhotoshopDocument,
  layers: readonly PhotoshopLayer[],
): Promise<readonly FoundPerson[]> {
  const groups = [...everyLayer(layers)].filter(({ kind }) => kind === 'group').reverse();
  const places = groups.map(({ id }) => ({ documentId: document.id, layerId: id }));
  const settings = await readLayerSettings(action, places, personProperty);
  const found: FoundPerson[] = [];
  for (const [i, group] of groups.entries()) {
    const record = readRecord(settings[i]);
    if (record) found.push({ group, record });
  }
  return found;
}

/** Those that a layer is or lies in: what people mean when they click a hand. */
export function peopleAround(
  people: readonly FoundPerson[],
  layers: readonly PhotoshopLayer[],
): readonly FoundPerson[] {
  const chosen = new Set<number>();
  for (const layer of layers) {
    for (let above: PhotoshopLayer | null = layer; above; above = above.parent) chosen.add(above.id);
  }
  return people.filter(({ group }) => chosen.has(group.id));
}

import type { HostStore } from '@stable-pose/sdk';

/** How results come into documents: people choose in the panel's menu. */
export interface PlaceSettings {
  /** A smart object keeps its pixels when it is scaled; a pixel layer can be painted on. */
  readonly asSmartObject: boolean;
  /** Several pictures at once come in a group. */
  readonly groupsVariants: boolean;
}

const name = 'photoshop.placing';
const usual: PlaceSettings = { asSmartObject: false, groupsVariants: true };

export async function readPlaceSettings(store: HostStore): Promise<PlaceSettings> {
  const bytes = await store.read(name);
  if (!bytes) return usual;
  try {
    // Letters of JSON that we wrote: plain ASCII.
    const { asSmartObject, groupsVariants } = JSON.parse(
      String.fromCharCode(...bytes),
    ) as Partial<PlaceSettings>;
    return { asSmartObject: asSmartObject === true, groupsVariants: groupsVariants !== false };
  } catch {
    return usual;
  }
}

export async function writePlaceSettings(store: HostStore, settings: PlaceSettings): Promise<void> {
  const text = JSON.stringify(settings);
  await store.write(
    name,
    Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
  );
}

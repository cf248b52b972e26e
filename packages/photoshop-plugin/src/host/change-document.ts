import { StablePoseError } from '@stable-pose/core';
import type {
  ModalContext,
  Photoshop,
  PhotoshopChannel,
  PhotoshopDocument,
  PhotoshopLayer,
} from '../photoshop/photoshop.ts';
import { layerReference } from './layer-settings.ts';

/** Photoshop's number for "another plug-in is modal, or a dialogue is open" (ps-reference/media/executeasmodal.md). */
const busyNumber = 9;

export interface DocumentChange {
  readonly documentId: number;
  /** In the history panel and above the progress bar. */
  readonly name: string;
  /** `nothing`: what the work did is taken back in the end, whatever it gives; for looking at a document that was changed. */
  readonly keep?: 'everything' | 'nothing';
  /** Told before anything is written; throws to stop. */
  readonly begin?: () => void;
}

/**
 * One short modal scope in which a document is the active one, and one history entry: whole, or taken back when the work
 * throws or people cancel. The person's document and their active layers are as they were afterwards.
 * @throws host-busy while another plug-in is modal; host-target-gone; cancelled; what the work throws
 */
export async function changeDocument<T>(
  { app, core, action }: Photoshop,
  { documentId, name, keep = 'everything', begin }: DocumentChange,
  work: (document: PhotoshopDocument) => Promise<T>,
): Promise<T> {
  let failure: { readonly error: unknown } | undefined;
  const scope = async (context: ModalContext): Promise<T | undefined> => {
    try {
      begin?.();
      const before = app.activeDocument;
      const document = openDocument(app, documentId);
      const isElsewhere = before !== null && before.id !== documentId;
      if (isElsewhere) app.activeDocument = document;
      try {
        return await inOneEntry(context, { action, document, name, keep }, () => work(document));
      } finally {
        if (isElsewhere) app.activeDocument = before;
      }
    } catch (error) {
      // Once people cancel, every call to Photoshop throws in its own words: the context says what it was.
      failure = { error: context.isCancelled ? cancelled(error) : error };
      throw error;
    }
  };
  try {
    return (await core.executeAsModal(scope, { commandName: name, timeOut: 1 })) as T;
  } catch (error) {
    if (failure !== undefined) throw hostError(failure.error);
    throw hostError(error);
  }
}

interface HistoryEntry {
  readonly action: Photoshop['action'];
  readonly document: PhotoshopDocument;
  readonly name: string;
  readonly keep: 'everything' | 'nothing';
}

async function inOneEntry<T>(
  context: ModalContext,
  { action, document, name, keep }: HistoryEntry,
  work: () => Promise<T>,
): Promise<T> {
  const { hostControl } = context;
  // Each property is a way to Photoshop and back: read only where it is used.
  const chosen = keep === 'everything' ? chosenIn(document) : undefined;
  const suspension = await hostControl.suspendHistory({ documentID: document.id, name });
  let isKept = false;
  try {
    const result = await work();
    if (context.isCancelled) throw cancelled();
    if (chosen) await choose(action, document, chosen);
    isKept = chosen !== undefined;
    return result;
  } finally {
    await hostControl.resumeHistory(suspension, isKept);
  }
}

function cancelled(cause?: unknown): StablePoseError {
  return new StablePoseError('cancelled', 'The work was cancelled in Photoshop.', { cause });
}

interface Chosen {
  readonly layers: readonly { readonly layer: PhotoshopLayer; readonly id: number }[];
  readonly channels: readonly PhotoshopChannel[];
  readonly channelNames: string;
}

function chosenIn(document: PhotoshopDocument): Chosen {
  return {
    layers: document.activeLayers.map((layer) => ({ layer, id: layer.id })),
    channels: document.activeChannels,
    channelNames: channelNames(document),
  };
}

/**
 * Layers that the work made are active; what people had chosen is again, and so are the channels that they painted into. Asks
 * for few layers by name: every property of a layer is a way to Photoshop and back, and documents have hundreds of them.
 */
async function choose(
  action: Photoshop['action'],
  document: PhotoshopDocument,
  { layers, channels, channelNames: names }: Chosen,
): Promise<void> {
  const now = new Map(document.activeLayers.map((layer) => [layer.id, layer]));
  const isThere = await areThere(
    action,
    document.id,
    layers.map(({ id }) => id),
  );
  const left = layers.filter((_, i) => isThere[i]);
  // Where the work took away all that was chosen, what it made instead stays so.
  if (left.length > 0 || layers.length === 0) {
    const wanted = new Set(left.map(({ id }) => id));
    for (const { layer, id } of left) if (!now.has(id)) layer.selected = true;
    for (const [id, layer] of now) if (!wanted.has(id)) layer.selected = false;
  }
  if (left.length === layers.length && channelNames(document) !== names) document.activeChannels = channels;
}

async function areThere(
  action: Photoshop['action'],
  documentId: number,
  ids: readonly number[],
): Promise<readonly boolean[]> {
  if (ids.length === 0) return [];
  const commands = ids.map((layerId) => ({
    _obj: 'get',
    _target: [{ _property: 'layerID' }, ...layerReference({ documentId, layerId })],
  }));
  const results = await action.batchPlay(commands, { continueOnError: true });
  return ids.map((id, i) => results[i]?.layerID === id);
}

function channelNames({ activeChannels }: PhotoshopDocument): string {
  return activeChannels.map(({ name }) => name).join('\n');
}

/** Makes one layer the active one, and shows nothing that was hidden. Inside a modal scope, in the active document. */
export async function selectLayer(
  action: Photoshop['action'],
  documentId: number,
  layerId: number,
): Promise<void> {
  const command = {
    _obj: 'select',
    _target: layerReference({ documentId, layerId }),
    makeVisible: false,
  };
  const [result] = await action.batchPlay([command], {});
  if (result?._obj === 'error') throw new Error(String(result.message ?? 'A layer could not be selected.'));
}

/** Groups before what they hold, from front to back. */
export function* everyLayer(
  layers: PhotoshopDocument['layers'],
): Generator<PhotoshopDocument['layers'][number]> {
  for (const layer of layers) {
    yield layer;
    if (layer.layers) yield* everyLayer(layer.layers);
  }
}

/** @throws host-target-gone */
export function openDocument(app: Photoshop['app'], id: number): PhotoshopDocument {
  const document = app.documents.find((one) => one.id === id);
  if (document) return document;
  throw new StablePoseError('host-target-gone', 'The document that was worked on is no longer open.', {
    remedy: 'Open it, select a place and try again.',
  });
}

/** An error of Photoshop as one of ours. */
export function hostError(error: unknown): StablePoseError {
  if (StablePoseError.is(error)) return StablePoseError.from(error);
  const { number, message } = (error ?? {}) as { readonly number?: unknown; readonly message?: unknown };
  const words = typeof message === 'string' ? message : String(error);
  if (number === busyNumber) {
    return new StablePoseError(
      'host-busy',
      `Photoshop takes no changes just now (${words.replace(/\.$/, '')}).`,
      {
        remedy: 'Close the dialogue, or wait for the other plug-in, and try again.',
        cause: error,
      },
    );
  }
  return new StablePoseError('host-failed', `Photoshop said: ${words}`, { cause: error });
}

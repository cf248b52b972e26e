import { StablePoseError } from '@stable-pose/core';
import type { ModalContext, Photoshop, PhotoshopDocument } from '../photoshop/photoshop.ts';

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
  { app, core }: Photoshop,
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
        return await inOneEntry(context, document, name, keep, () => work(document));
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

async function inOneEntry<T>(
  context: ModalContext,
  document: PhotoshopDocument,
  name: string,
  keep: 'everything' | 'nothing',
  work: () => Promise<T>,
): Promise<T> {
  const { hostControl } = context;
  const activeIds = document.activeLayers.map(({ id }) => id);
  const suspension = await hostControl.suspendHistory({ documentID: document.id, name });
  let isKept = false;
  try {
    const result = await work();
    if (context.isCancelled) throw cancelled();
    activate(document, activeIds);
    isKept = keep === 'everything';
    return result;
  } finally {
    await hostControl.resumeHistory(suspension, isKept);
  }
}

function cancelled(cause?: unknown): StablePoseError {
  return new StablePoseError('cancelled', 'The work was cancelled in Photoshop.', { cause });
}

/** Layers that the work made are active; what people had chosen is again. */
function activate(document: PhotoshopDocument, ids: readonly number[]): void {
  for (const layer of [...everyLayer(document.layers)]) {
    const isActive = ids.includes(layer.id);
    if (layer.selected !== isActive) layer.selected = isActive;
  }
}

/** Makes one layer the active one, and shows nothing that was hidden. Inside a modal scope, in the active document. */
export async function selectLayer(
  action: Photoshop['action'],
  documentId: number,
  layerId: number,
): Promise<void> {
  const command = {
    _obj: 'select',
    _target: [
      { _ref: 'layer', _id: layerId },
      { _ref: 'document', _id: documentId },
    ],
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

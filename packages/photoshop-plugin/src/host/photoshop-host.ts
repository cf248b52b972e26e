import {
  type Pose,
  type Raster,
  type Rectangle,
  raster,
  type Size,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import type {
  HostAdapter,
  HostEvent,
  HostFile,
  HostInfo,
  HostPoses,
  HostProgress,
  HostSelection,
  HostStorage,
  HostTarget,
  HostTheme,
  MaskReading,
  PictureToPlace,
  PixelReading,
  PlacedId,
  PlacedPicture,
  Placement,
  PlaceOptions,
} from '@stable-pose/sdk';
import { aboveLimit, checkRectangle } from '@stable-pose/sdk';
import type { ImagingBounds } from '../photoshop/imaging.ts';
import type {
  NotificationListener,
  Photoshop,
  PhotoshopDocument,
  PhotoshopLayer,
} from '../photoshop/photoshop.ts';
import type { UxpShell, UxpStorage, UxpTheme, UxpThemes } from '../photoshop/uxp.ts';
import { changeDocument, everyLayer, hostError, openDocument } from './change-document.ts';
import { documentColour, sRgbProfile } from './document-colour.ts';
import { folderStore } from './folder-store.ts';
import { placedArea, readLayerNote } from './layer-note.ts';
import { placePicture } from './place-picture.ts';
import { intersection, readPart, rectangleOf } from './read-part.ts';

export interface PhotoshopHostParts {
  readonly photoshop: Photoshop;
  readonly storage: UxpStorage;
  readonly shell: UxpShell;
  readonly themes: UxpThemes;
  /** Photoshop's own version, as `require('uxp').host.version` says it. */
  readonly version: string;
  /** Shows a sentence in the panel: Photoshop's own alerts would stop people in their work. */
  readonly notify: (text: string, kind: 'info' | 'warning' | 'error') => void;
}

/** Memory: a picture of this side takes 256 MB as RGBA, and UXP warns from 600 MB (ps-reference/media/imaging.md). */
const longestSide = 8192;
const mostPictures = 16;
const metadataBytes = 100_000;
const settingsBytes = 1_000_000;
const blobBytes = 50_000_000;

/** After these the selection may be another; Photoshop is silent about them inside modal scopes, ours included. */
const selectionEvents = [
  'select',
  'set',
  'make',
  'delete',
  'move',
  'open',
  'close',
  'newDocument',
  'selectDocument',
];

/** Where a target that stands for "nothing is open" leads. */
const nowhere = 'nowhere';

/**
 * Photoshop as a host. Reading needs no modal scope; placing is one short one. A target names a document and, where a picture
 * of ours was selected, its layer. Skeletons in documents are not there yet.
 */
export class PhotoshopHost implements HostAdapter {
  readonly info: HostInfo;
  readonly storage: HostStorage;
  private readonly parts: PhotoshopHostParts;
  private readonly closing = new Set<() => void>();
  /** Our own changes wait for each other: Photoshop would refuse the second. */
  private changes: Promise<unknown> = Promise.resolve();

  constructor(parts: PhotoshopHostParts) {
    this.parts = parts;
    this.info = {
      name: 'Photoshop',
      version: parts.version,
      capabilities: {
        masks: true,
        pictureMasks: true,
        scalesPictures: false,
        metadata: true,
        replacePictures: true,
        newCanvas: false,
        poses: 'none',
        files: 'host',
        links: true,
      },
      limits: {
        placeSide: longestSide,
        readSide: longestSide,
        placeCount: mostPictures,
        metadataBytes,
        notifyCharacters: 300,
      },
    };
    this.storage = {
      settings: folderStore(parts.storage, 'settings', settingsBytes),
      blobs: folderStore(parts.storage, 'blobs', blobBytes),
    };
  }

  async readSelection(target?: HostTarget): Promise<HostSelection> {
    return guarded(async () => {
      const { app, action } = this.parts.photoshop;
      if (target === nowhere || (target === undefined && app.activeDocument === null)) return nothing;
      const { document, layer } = target === undefined ? { document: app.activeDocument } : this.find(target);
      if (!document) return nothing;
      const canvas = { width: document.width, height: document.height };
      const colour = documentColour(document);
      const base = {
        canvas,
        people: 0,
        hasMask: false,
        alsoSelected: [],
        ...(typeof colour === 'string' ? { obstacle: colour } : {}),
      };
      if (layer) {
        const note = await readLayerNote(action, document.id, layer.id);
        return {
          ...base,
          target: targetOf(document, layer),
          kind: 'picture',
          name: layer.name,
          area: note ? placedArea(note, layer.boundsNoEffects) : rectangleOf(layer.boundsNoEffects),
          ...(note ? { placed: placedPicture(layer, note.metadata) } : {}),
        };
      }
      const selected = selectedPart(document);
      if (selected) {
        return {
          ...base,
          target: targetOf(document),
          kind: 'area',
          name: document.name,
          area: rectangleOf(selected),
          hasMask: !document.selection.solid,
        };
      }
      const [first, ...others] = target === undefined ? await this.placedLayers(document) : [];
      if (first) {
        const selection = await this.readSelection(targetOf(document, first));
        return { ...selection, alsoSelected: others.map((other) => targetOf(document, other)) };
      }
      return {
        ...base,
        target: targetOf(document),
        kind: 'canvas',
        name: document.name,
        area: { x: 0, y: 0, ...canvas },
      };
    });
  }

  async readPixels(
    target: HostTarget,
    { area, size = area, layers = 'visible', signal }: PixelReading,
  ): Promise<Raster> {
    throwIfCancelled(signal);
    return guarded(async () => {
      const { document } = this.find(target);
      checkPart(area, size);
      const chosen = layers === 'selected' ? document.activeLayers : undefined;
      if (chosen && chosen.length === 0) return raster(size.width, size.height, 4);
      if (chosen && chosen.length > 1) return this.readAlone(document, area, size);
      const seen = await this.readComposite(document, area, size, chosen?.[0]);
      throwIfCancelled(signal);
      return seen;
    });
  }

  async readMask(
    target: HostTarget,
    { area, size = area, signal }: MaskReading,
  ): Promise<Raster | undefined> {
    throwIfCancelled(signal);
    return guarded(async () => {
      const { document, layer } = this.find(target);
      checkPart(area, size);
      const selected = selectedPart(document);
      if (layer || !selected || isWhole(document, selected)) return undefined;
      const { imaging } = this.parts.photoshop;
      const mask = await readPart(area, size, selected, 1, (part) =>
        imaging.getSelection({ documentID: document.id, ...part }),
      );
      throwIfCancelled(signal);
      return mask;
    });
  }

  async readPoses(target: HostTarget): Promise<HostPoses> {
    this.find(target);
    return { poses: [], notes: [] };
  }

  async placePoses(_target: HostTarget, _poses: readonly Pose[]): Promise<void> {
    throw notSupported('draw skeletons');
  }

  async place(placement: Placement, { signal }: PlaceOptions = {}): Promise<readonly PlacedId[]> {
    throwIfCancelled(signal);
    const { target, undoName, pictures, poses } = placement;
    const { document } = this.find(target);
    const colour = documentColour(document);
    if (typeof colour === 'string') throw new StablePoseError('not-supported', colour);
    if (poses) throw notSupported('keep skeletons');
    checkPictures(pictures);
    return this.inTurn(() =>
      changeDocument(
        this.parts.photoshop,
        { documentId: document.id, name: undoName, begin: () => throwIfCancelled(signal) },
        async (open) => {
          const ids: PlacedId[] = [];
          for (const picture of pictures) {
            ids.push(await placePicture(this.parts.photoshop, open, colour, picture));
          }
          return ids;
        },
      ),
    );
  }

  /** Photoshop shows progress only of modal scopes, and a generation is none: the panel shows its own. */
  startProgress(): HostProgress {
    return { update: () => undefined, end: () => undefined };
  }

  notify(text: string, kind: 'info' | 'warning' | 'error' = 'info'): void {
    const most = this.info.limits.notifyCharacters ?? text.length;
    try {
      this.parts.notify(text.length > most ? `${text.slice(0, most - 1)}…` : text, kind);
    } catch {
      // The panel is closed: nobody is there to read it.
    }
  }

  async theme(): Promise<HostTheme> {
    return themeOf(this.parts.themes.getCurrent());
  }

  watch(event: HostEvent, listener: () => void): () => void {
    let isOver = false;
    const tell = () => {
      if (!isOver) listener();
    };
    const stop = this.subscribe(event, tell);
    return () => {
      if (isOver) return;
      isOver = true;
      stop();
    };
  }

  /** For the panel's life cycle: tells whoever watches that it goes away. */
  announceClosing(): void {
    for (const tell of [...this.closing]) tell();
  }

  async saveFile({ name, bytes }: HostFile): Promise<boolean> {
    const { localFileSystem, formats } = this.parts.storage;
    try {
      const file = await localFileSystem.getFileForSaving(name);
      if (file === null) return false;
      await file.write(bytes.slice().buffer as ArrayBuffer, { format: formats.binary });
      return true;
    } catch (error) {
      throw new StablePoseError('write-failed', `${name} could not be saved: ${hostError(error).message}`, {
        cause: error,
      });
    }
  }

  async pickFile(endings: readonly string[]): Promise<HostFile | undefined> {
    const { localFileSystem, formats } = this.parts.storage;
    try {
      const types = endings.map((ending) => ending.replace(/^\./, ''));
      const file = await localFileSystem.getFileForOpening({ types });
      if (file === null) return undefined;
      const bytes = (await file.read({ format: formats.binary })) as ArrayBuffer;
      return { name: file.name, bytes: new Uint8Array(bytes) };
    } catch (error) {
      throw new StablePoseError('file-not-found', `The file could not be read: ${hostError(error).message}`, {
        cause: error,
      });
    }
  }

  async openLink(url: string): Promise<void> {
    if (!url.startsWith('https://')) {
      throw new StablePoseError('invalid-input', `Only https addresses are opened, got ${url}.`);
    }
    const refusal = await guarded(() => this.parts.shell.openExternal(url));
    if (refusal) throw new StablePoseError('host-failed', `Photoshop did not open the address: ${refusal}`);
  }

  private async readComposite(
    document: PhotoshopDocument,
    area: Rectangle,
    size: Size,
    layer?: PhotoshopLayer,
  ): Promise<Raster> {
    const { imaging } = this.parts.photoshop;
    const canvas = { left: 0, top: 0, right: document.width, bottom: document.height };
    const content = layer ? layer.boundsNoEffects : contentOf(document);
    // What lies beyond the canvas is not seen, and not asked for.
    const inside = content && intersection(content, canvas);
    if (!inside) return raster(size.width, size.height, 4);
    return readPart(area, size, inside, 4, (part) =>
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

  /** Several layers blend with each other as Photoshop blends them: the others are hidden, and shown again by taking it back. */
  private readAlone(document: PhotoshopDocument, area: Rectangle, size: Size): Promise<Raster> {
    const change = { documentId: document.id, name: 'Read selected layers', keep: 'nothing' as const };
    return this.inTurn(() =>
      changeDocument(this.parts.photoshop, change, async (open) => {
        const chosen = new Set(open.activeLayers.map(({ id }) => id));
        hideOthers(open.layers, chosen);
        return this.readComposite(open, area, size);
      }),
    );
  }

  private async placedLayers(document: PhotoshopDocument): Promise<readonly PhotoshopLayer[]> {
    const placed: PhotoshopLayer[] = [];
    for (const layer of document.activeLayers) {
      if (await readLayerNote(this.parts.photoshop.action, document.id, layer.id)) placed.push(layer);
    }
    return placed;
  }

  /** @throws host-target-gone */
  private find(target: HostTarget): {
    readonly document: PhotoshopDocument;
    readonly layer?: PhotoshopLayer;
  } {
    const [, documentId, layerId] = /^d(\d+)(?:l(\d+))?$/.exec(target) ?? [];
    const document = openDocument(this.parts.photoshop.app, Number(documentId ?? -1));
    if (layerId === undefined) return { document };
    for (const layer of everyLayer(document.layers))
      if (layer.id === Number(layerId)) return { document, layer };
    throw new StablePoseError('host-target-gone', 'The layer that was worked on is no longer there.', {
      remedy: 'Select a place and try again.',
    });
  }

  private subscribe(event: HostEvent, tell: () => void): () => void {
    const { themes, photoshop } = this.parts;
    if (event === 'theme') {
      themes.onUpdated.addListener(tell);
      return () => themes.onUpdated.removeListener(tell);
    }
    if (event === 'closing') {
      this.closing.add(tell);
      return () => this.closing.delete(tell);
    }
    if (event !== 'selection') return () => undefined;
    const listener: NotificationListener = () => tell();
    const isThere = photoshop.action.addNotificationListener(selectionEvents, listener);
    return () => {
      void isThere.then(() => photoshop.action.removeNotificationListener(selectionEvents, listener));
    };
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.changes.then(work, work);
    this.changes = result.catch(() => undefined);
    return result;
  }
}

const nothing: HostSelection = {
  target: nowhere,
  kind: 'nothing',
  name: '',
  hasMask: false,
  people: 0,
  alsoSelected: [],
  obstacle: 'No document is open. Open one, or make a new one, and select where people are to be.',
};

function targetOf(document: PhotoshopDocument, layer?: PhotoshopLayer): HostTarget {
  return layer ? `d${document.id}l${layer.id}` : `d${document.id}`;
}

function placedPicture({ id }: PhotoshopLayer, metadata: string | undefined): PlacedPicture {
  return { id: String(id), ...(metadata === undefined ? {} : { metadata }) };
}

/** The selection inside the canvas; undefined without one. */
function selectedPart({ selection, width, height }: PhotoshopDocument) {
  const { bounds } = selection;
  return bounds ? intersection(bounds, { left: 0, top: 0, right: width, bottom: height }) : undefined;
}

/** Everything is selected, which is no mask. */
function isWhole(
  { selection, width, height }: PhotoshopDocument,
  { left, top, right, bottom }: ImagingBounds,
): boolean {
  return selection.solid && left === 0 && top === 0 && right === width && bottom === height;
}

/** Where any layer that is shown may have pixels: asking beyond it is an error in Photoshop. */
function contentOf({ layers }: Pick<PhotoshopDocument, 'layers'>) {
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

/** Shows the chosen layers and the groups they lie in, and nothing else. @returns whether any was chosen */
function hideOthers(layers: readonly PhotoshopLayer[], chosen: ReadonlySet<number>): boolean {
  let hasAny = false;
  for (const layer of layers) {
    const isChosen = chosen.has(layer.id);
    const isShown = isChosen || (layer.layers !== undefined && hideOthers(layer.layers, chosen));
    if (!isShown && layer.visible) layer.visible = false;
    hasAny ||= isShown;
  }
  return hasAny;
}

function checkPart(area: Rectangle, size: Size): void {
  checkRectangle(area, 'area');
  checkRectangle({ x: 0, y: 0, ...size }, 'size');
  const side = Math.max(size.width, size.height);
  if (side > longestSide) throw aboveLimit('A picture that is read', side, longestSide, 'pixels a side');
}

function checkPictures(pictures: readonly PictureToPlace[]): void {
  if (pictures.length === 0)
    throw new StablePoseError('invalid-input', 'A placement has one picture or more.');
  if (pictures.length > mostPictures)
    throw aboveLimit('A placement', pictures.length, mostPictures, 'pictures');
  for (const { picture, area, mask, metadata } of pictures) {
    checkRectangle(area, 'area');
    if (picture.channels === 1)
      throw new StablePoseError('invalid-image', 'A picture is RGB or RGBA, not grey.');
    const side = Math.max(picture.width, picture.height);
    if (side > longestSide) throw aboveLimit('A picture', side, longestSide, 'pixels a side');
    if (picture.width !== area.width || picture.height !== area.height) {
      throw new StablePoseError(
        'invalid-image',
        `A picture must have the size of its area, ${area.width} x ${area.height}, got ${picture.width} x ${picture.height}.`,
      );
    }
    if (mask && (mask.channels !== 1 || mask.width !== picture.width || mask.height !== picture.height)) {
      throw new StablePoseError('invalid-image', 'A mask has one channel and the size of its picture.');
    }
    const bytes = metadata === undefined ? 0 : utf8Length(metadata);
    if (bytes > metadataBytes) throw aboveLimit('Metadata', bytes, metadataBytes, 'bytes');
  }
}

/** Counted by hand: the shell asks nothing of UXP that its documentation does not promise. */
function utf8Length(text: string): number {
  let bytes = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

function themeOf(theme: UxpTheme): HostTheme {
  const isLight = theme === 'light' || theme === 'lightest';
  return { appearance: isLight ? 'light' : 'dark', colours: colours[theme] ?? colours.dark };
}

/** Panel and text of Photoshop's four themes, as its interface shows them. */
const colours: Readonly<Record<UxpTheme, HostTheme['colours']>> = {
  lightest: { background: '#f0f0f0', text: '#2b2b2b' },
  light: { background: '#b8b8b8', text: '#1f1f1f' },
  dark: { background: '#535353', text: '#f0f0f0' },
  darkest: { background: '#323232', text: '#e3e3e3' },
};

function notSupported(what: string): StablePoseError {
  return new StablePoseError('not-supported', `The Photoshop panel cannot ${what} in documents.`);
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw hostError(error);
  }
}

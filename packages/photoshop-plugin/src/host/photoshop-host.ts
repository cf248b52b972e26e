import {
  checkPoses,
  movePose,
  type Pose,
  type Raster,
  type Rectangle,
  type Size,
  StablePoseError,
  throwIfCancelled,
} from '@stable-pose/core';
import type {
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
  PixelReading,
  PlacedId,
  PlacedPicture,
  Placement,
  PlaceOptions,
  PlacePosesOptions,
} from '@stable-pose/sdk';
import { aboveLimit, checkPlacement, checkRectangle } from '@stable-pose/sdk';
import type { PanelHost } from '../bridge/panel-commands.ts';
import type { ImagingBounds } from '../photoshop/imaging.ts';
import type {
  NotificationListener,
  Photoshop,
  PhotoshopDocument,
  PhotoshopLayer,
} from '../photoshop/photoshop.ts';
import type { UxpShell, UxpStorage, UxpTheme, UxpThemes } from '../photoshop/uxp.ts';
import { peopleAround } from '../skeleton/find-people.ts';
import { readPeople } from '../skeleton/read-people.ts';
import { changeDocument, everyLayer, hostError, selectLayer } from './change-document.ts';
import { maskSamples } from './colour-samples.ts';
import { documentColour, greyProfile } from './document-colour.ts';
import { folderStore, storeBytes } from './folder-store.ts';
import { placedArea, readLayerNote, readLayerNotes } from './layer-note.ts';
import { drawPeople, peopleOf, standsIn } from './people-in-place.ts';
import { placePicture, put } from './place-picture.ts';
import { readPlaceSettings } from './place-settings.ts';
import { readCanvas } from './read-canvas.ts';
import { boundsOf, intersection, readPart, rectangleOf } from './read-part.ts';
import {
  inDocument,
  onCanvas,
  otherArtboards,
  placeOfSelection,
  placeOfTarget,
  targetOf,
  type WorkPlace,
} from './work-place.ts';

export interface PhotoshopHostParts {
  readonly photoshop: Photoshop;
  readonly storage: UxpStorage;
  readonly shell: UxpShell;
  readonly themes: UxpThemes;
  /** Photoshop's own version, as `require('uxp').host.version` says it. */
  readonly version: string;
  /** Shows a sentence in the panel: Photoshop's own alerts would stop people in their work. */
  readonly notify: (text: string, kind: 'info' | 'warning' | 'error') => void;
  /** Tests this adapter in the running Photoshop. */
  readonly test?: () => Promise<unknown>;
}

/** Memory: a picture of this side takes 256 MB as RGBA, and UXP warns from 600 MB (ps-reference/media/imaging.md). */
const longestSide = 8192;
const mostPictures = 16;
const metadataBytes = 100_000;

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

/** After these a skeleton may stand otherwise. */
const poseEvents = [
  'move',
  'transform',
  'set',
  'make',
  'delete',
  'show',
  'hide',
  'paste',
  'duplicate',
  'crop',
];

/** Where a target that stands for "nothing is open" leads. */
const nowhere = 'nowhere';

/**
 * Photoshop as a host. Placing is one short modal scope; reading needs none, except where visible skeletons have to be hidden
 * from it, or several layers read alone. A target names a document, the artboard in it where there are some, and what was
 * selected: the layer of a picture of ours, or the groups of skeletons.
 */
export class PhotoshopHost implements PanelHost {
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
        poses: 'place',
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
      settings: folderStore(parts.storage, 'settings', storeBytes.settings),
      blobs: folderStore(parts.storage, 'blobs', storeBytes.blobs),
    };
  }

  async readSelection(target?: HostTarget): Promise<HostSelection> {
    return guarded(async () => {
      const { photoshop } = this.parts;
      if (target === nowhere) return nothing;
      const place =
        target === undefined ? await placeOfSelection(photoshop) : await placeOfTarget(photoshop, target);
      if (!place) return nothing;
      const { document, canvas, layer } = place;
      const colour = documentColour(document);
      const people = await peopleOf(photoshop, place);
      const base = {
        canvas: { width: canvas.width, height: canvas.height },
        people: people.length,
        hasMask: false,
        alsoSelected: [],
        ...(typeof colour === 'string' ? { obstacle: colour } : {}),
      };
      const whole = { x: 0, y: 0, ...base.canvas };
      if (layer) {
        const note = await readLayerNote(photoshop.action, document.id, layer.id);
        const area = note ? placedArea(note, layer.boundsNoEffects) : rectangleOf(layer.boundsNoEffects);
        return {
          ...base,
          target: targetOf(place),
          kind: 'picture',
          name: layer.name,
          area: onCanvas(place, area),
          ...(note ? { placed: placedPicture(layer, note.metadata) } : {}),
        };
      }
      const selected = selectedPart(place);
      if (selected) {
        return {
          ...base,
          target: targetOf(place),
          kind: 'area',
          name: nameOf(place),
          area: onCanvas(place, rectangleOf(selected)),
          hasMask: !document.selection.solid,
        };
      }
      if (place.peopleIds) {
        return { ...base, target: targetOf(place), kind: 'skeleton', name: nameOf(place), area: whole };
      }
      if (target === undefined) {
        const chosen = peopleAround(people, document.activeLayers);
        if (chosen.length > 0) {
          return this.readSelection(targetOf({ ...place, peopleIds: chosen.map(({ group }) => group.id) }));
        }
        const [first, ...others] = await this.placedLayers(document);
        if (first) {
          const selection = await this.readSelection(targetOf({ ...place, layer: first }));
          return { ...selection, alsoSelected: others.map((other) => targetOf({ ...place, layer: other })) };
        }
      }
      const boards = target === undefined ? await otherArtboards(photoshop, place) : [];
      const alsoSelected = boards.map(targetOf);
      return {
        ...base,
        target: targetOf(place),
        kind: 'canvas',
        name: nameOf(place),
        area: whole,
        alsoSelected,
      };
    });
  }

  async readPixels(
    target: HostTarget,
    { area, size = area, layers = 'visible', signal }: PixelReading,
  ): Promise<Raster> {
    throwIfCancelled(signal);
    return guarded(async () => {
      const { photoshop } = this.parts;
      const place = await placeOfTarget(photoshop, target);
      checkPart(area, size);
      const seen = await readCanvas(photoshop, place, {
        area,
        size,
        layers,
        inTurn: (work) => this.inTurn(work),
      });
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
      const { photoshop } = this.parts;
      const place = await placeOfTarget(photoshop, target);
      const { document, layer } = place;
      checkPart(area, size);
      const selected = selectedPart(place);
      if (layer || !selected || isWhole(place, selected)) return undefined;
      const { imaging } = photoshop;
      const mask = await readPart(inDocument(place, area), size, selected, 1, (part) =>
        imaging.getSelection({ documentID: document.id, ...part }),
      );
      throwIfCancelled(signal);
      return mask;
    });
  }

  async readPoses(target: HostTarget): Promise<HostPoses> {
    return guarded(async () => {
      const { photoshop } = this.parts;
      const place = await placeOfTarget(photoshop, target);
      const { poses, notes } = await readPeople(photoshop, place.document, await peopleOf(photoshop, place));
      const { x, y } = place.canvas;
      return { poses: poses.flatMap((pose) => (pose ? [movePose(pose, -x, -y)] : [])), notes };
    });
  }

  async placePoses(
    target: HostTarget,
    poses: readonly Pose[],
    { undoName = 'Place poses', isVisible = true, signal }: PlacePosesOptions = {},
  ): Promise<void> {
    throwIfCancelled(signal);
    const checked = checkPoses([...poses], { allowNobody: true });
    await guarded(() =>
      this.inTurn(async () => {
        const { photoshop } = this.parts;
        const place = await placeOfTarget(photoshop, target);
        const { document } = place;
        const colour = documentColour(document);
        if (typeof colour === 'string') throw new StablePoseError('not-supported', colour);
        const change = { documentId: document.id, name: undoName, begin: () => throwIfCancelled(signal) };
        await changeDocument(photoshop, change, async () => {
          const old = await peopleOf(photoshop, place);
          const [top] = place.artboard?.layer.layers ?? document.layers;
          if (top) await selectLayer(photoshop.action, document.id, top.id);
          await drawPeople(photoshop, place, { poses: checked, isVisible, old, people: old, onTop: true });
        });
      }),
    );
  }

  async place(placement: Placement, { signal }: PlaceOptions = {}): Promise<readonly PlacedId[]> {
    throwIfCancelled(signal);
    const { target, undoName, pictures, poses } = placement;
    checkPlacement(placement, this.info);
    const kept = poses && checkPoses([...poses.poses], { allowNobody: true });
    const settings = await readPlaceSettings(this.storage.settings);
    return guarded(() =>
      this.inTurn(async () => {
        const { photoshop } = this.parts;
        const place = await placeOfTarget(photoshop, target);
        const { document, artboard } = place;
        const colour = documentColour(document);
        if (typeof colour === 'string') throw new StablePoseError('not-supported', colour);
        const change = { documentId: document.id, name: undoName, begin: () => throwIfCancelled(signal) };
        return changeDocument(photoshop, change, async (open) => {
          const people = await peopleOf(photoshop, place);
          const way = {
            colour,
            asSmartObject: settings.asSmartObject,
            ...(artboard ? { inside: artboard.layer } : {}),
            outside: people.map(({ group }) => group),
          };
          const ids: PlacedId[] = [];
          for (const picture of pictures) {
            const area = inDocument(place, picture.area);
            ids.push(await placePicture(photoshop, open, way, { ...picture, area }));
          }
          const isNew = pictures.every(({ replace }) => replace === undefined);
          if (ids.length > 1 && isNew && settings.groupsVariants) {
            await groupVariants(open, ids, pictures[0].name);
          }
          if (kept) {
            const areas = pictures.map(({ area }) => inDocument(place, area));
            await drawPeople(photoshop, place, {
              poses: kept,
              isVisible: poses.isVisible,
              old: people.filter(standsIn(areas)),
              people,
              onTop: false,
            });
          }
          return ids;
        });
      }),
    );
  }

  async writeSelection(target: HostTarget, area: Rectangle, mask: Raster): Promise<void> {
    checkRectangle(area, 'area');
    if (mask.channels !== 1 || mask.width !== area.width || mask.height !== area.height) {
      throw new StablePoseError('invalid-image', 'A selection has one channel and the size of its area.');
    }
    await guarded(() =>
      this.inTurn(async () => {
        const { photoshop } = this.parts;
        const place = await placeOfTarget(photoshop, target);
        const { id } = place.document;
        const { x, y } = inDocument(place, area);
        const grey = { space: 'Grayscale' as const, profile: greyProfile };
        await changeDocument(photoshop, { documentId: id, name: 'Refine selection' }, () =>
          put(photoshop, mask, maskSamples(mask), grey, (imageData) =>
            photoshop.imaging.putSelection({
              documentID: id,
              imageData,
              replace: true,
              targetBounds: { left: x, top: y },
            }),
          ),
        );
      }),
    );
  }

  testHost(): Promise<unknown> {
    return guarded(async () => this.parts.test?.());
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

  private async placedLayers(document: PhotoshopDocument): Promise<readonly PhotoshopLayer[]> {
    const layers = document.activeLayers;
    const notes = await readLayerNotes(this.parts.photoshop.action, document.id, layers);
    return layers.filter((_, i) => notes[i]);
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
    const events = event === 'selection' ? selectionEvents : poseEvents;
    const listener: NotificationListener = () => tell();
    const isThere = photoshop.action.addNotificationListener(events, listener);
    return () => {
      void isThere.then(() => photoshop.action.removeNotificationListener(events, listener));
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

function placedPicture({ id }: PhotoshopLayer, metadata: string | undefined): PlacedPicture {
  return { id: String(id), ...(metadata === undefined ? {} : { metadata }) };
}

function nameOf({ document, artboard }: WorkPlace): string {
  return artboard?.layer.name ?? document.name;
}

/** The selection inside the canvas, document pixels; undefined without one. */
function selectedPart({ document, canvas }: WorkPlace) {
  const { bounds } = document.selection;
  return bounds ? intersection(bounds, boundsOf(canvas)) : undefined;
}

/** Everything is selected, which is no mask. */
function isWhole({ document, canvas }: WorkPlace, { left, top, right, bottom }: ImagingBounds): boolean {
  const whole = boundsOf(canvas);
  const isEqual =
    left === whole.left && top === whole.top && right === whole.right && bottom === whole.bottom;
  return document.selection.solid && isEqual;
}

async function groupVariants(
  document: PhotoshopDocument,
  ids: readonly PlacedId[],
  name: string,
): Promise<void> {
  const fromLayers = [...everyLayer(document.layers)].filter(({ id }) => ids.includes(String(id)));
  const group = await document.createLayerGroup({ name, fromLayers });
  if (group === null) throw new StablePoseError('host-failed', 'Photoshop made no group for the pictures.');
}

function checkPart(area: Rectangle, size: Size): void {
  checkRectangle(area, 'area');
  checkRectangle({ x: 0, y: 0, ...size }, 'size');
  const side = Math.max(size.width, size.height);
  if (side > longestSide) throw aboveLimit('A picture that is read', side, longestSide, 'pixels a side');
}

function themeOf(theme: UxpTheme): HostTheme {
  const isLight = theme === 'light' || theme === 'lightest';
  return { appearance: isLight ? 'light' : 'dark', colours: colours[theme] ?? colours.dark };
}

/** Photoshop's four themes, as its interface shows them: panel, fields, text, lines and its blue. */
const colours: Readonly<Record<UxpTheme, HostTheme['colours']>> = {
  lightest: themeColours('#f0f0f0', '#ffffff', '#2b2b2b', '#5c5c5c', '#c9c9c9', '#1473e6'),
  light: themeColours('#b8b8b8', '#c9c9c9', '#1f1f1f', '#3d3d3d', '#969696', '#0d5fc4'),
  dark: themeColours('#535353', '#454545', '#f0f0f0', '#c4c4c4', '#6a6a6a', '#378ef0', '#0b0b0b'),
  darkest: themeColours('#323232', '#252525', '#e3e3e3', '#ababab', '#4a4a4a', '#378ef0', '#0b0b0b'),
};

function themeColours(
  background: string,
  raised: string,
  text: string,
  dimText: string,
  border: string,
  accent: string,
  onAccent = '#ffffff',
): HostTheme['colours'] {
  return { background, raised, text, dimText, border, accent, onAccent };
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw hostError(error);
  }
}

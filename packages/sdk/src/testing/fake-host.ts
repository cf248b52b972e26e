import {
  checkPoses,
  cropRaster,
  type ErrorCode,
  type Pose,
  pasteRaster,
  type Raster,
  type Rectangle,
  raster,
  resizeRaster,
  type Size,
  StablePoseError,
  throwIfCancelled,
  withChannels,
} from '@stable-pose/core';
import { aboveLimit } from '../above-limit.ts';
import { checkPlacement } from '../check-placement.ts';
import { checkRectangle } from '../check-rectangle.ts';
import type {
  HostAdapter,
  HostCapabilities,
  HostEvent,
  HostFile,
  HostInfo,
  HostLimits,
  HostPoses,
  HostProgress,
  HostSelection,
  HostTarget,
  HostTheme,
  MaskReading,
  PictureToPlace,
  PixelReading,
  PlacedId,
  Placement,
  PlaceOptions,
  PlacePosesOptions,
} from '../host-adapter.ts';
import type { HostStorage } from '../host-storage.ts';
import { memoryStore } from '../memory-store.ts';
import type { HostScene, SceneSelection } from './host-bench.ts';

export interface FakeHostOptions {
  readonly name?: string;
  readonly capabilities?: Partial<HostCapabilities>;
  readonly limits?: HostLimits;
  readonly storage?: HostStorage;
  readonly theme?: HostTheme;
  /** Every call takes at least so long. Default 0: the next task. */
  readonly latencyMs?: number;
}

/** A layer of the fake's document. */
export interface FakeLayer {
  readonly id: PlacedId;
  readonly name: string;
  readonly area: Rectangle;
  readonly picture: Raster;
  readonly mask?: Raster;
  readonly metadata?: string;
}

export interface FakeSkeleton {
  readonly pose: Pose;
  readonly isVisible: boolean;
}

/** A document as it stands. Never changed in place, so a kept one is a snapshot. */
export interface FakeDocument {
  readonly canvas: Size;
  /** From back to front. */
  readonly layers: readonly FakeLayer[];
  readonly skeletons: readonly FakeSkeleton[];
}

type FakeSelection = SceneSelection | { readonly kind: 'picture'; readonly id: PlacedId };

interface OpenDocument {
  readonly key: string;
  state: FakeDocument;
  selection: FakeSelection;
  readonly undone: { readonly name: string; readonly before: FakeDocument }[];
}

/** A progress display that was begun. */
export interface FakeProgress {
  readonly title: string;
  share: number;
  words: string;
  hasEnded: boolean;
  readonly cancel: () => void;
}

type Method = 'readSelection' | 'readPixels' | 'readMask' | 'readPoses' | 'placePoses' | 'place' | 'theme';

const allCapabilities: HostCapabilities = {
  masks: true,
  pictureMasks: true,
  scalesPictures: false,
  metadata: true,
  replacePictures: true,
  newCanvas: true,
  poses: 'place',
  files: 'host',
  links: true,
};

const usualLimits: HostLimits = {
  placeSide: 4096,
  readSide: 4096,
  placeCount: 16,
  metadataBytes: 100_000,
  notifyCharacters: 100,
};

/** Of a canvas that is made because nothing was selected and no document is open. */
const newCanvasSide = 64;

/**
 * An editor without a window: real rasters, an undo history, selections, limits that are enforced, and errors as hosts throw
 * them. Everything that crosses its border is copied, as over a bridge: a function in a placement, or a picture that someone
 * keeps and changes, shows up in a test and not in the field.
 *
 * The methods below `// hands` are those of the person at the keyboard, and of whoever wants to see it fail.
 */
export class FakeHost implements HostAdapter {
  readonly info: HostInfo;
  readonly storage: HostStorage;
  /** In their order, as shown. */
  readonly notifications: { readonly text: string; readonly kind: string }[] = [];
  readonly progress: FakeProgress[] = [];
  readonly savedFiles: HostFile[] = [];
  readonly openedLinks: string[] = [];
  private readonly documents = new Map<string, OpenDocument>();
  private readonly listeners = new Map<HostEvent, Set<() => void>>();
  private readonly failures: { readonly method: Method; readonly error: StablePoseError }[] = [];
  private readonly filesToPick: (HostFile | undefined)[] = [];
  private readonly latencyMs: number;
  private active: string | undefined;
  private isBusy = false;
  private shownTheme: HostTheme;
  private nextId = 1;

  constructor(options: FakeHostOptions = {}) {
    this.info = {
      name: options.name ?? 'Fake host',
      version: '1.0',
      capabilities: { ...allCapabilities, ...options.capabilities },
      limits: options.limits ?? usualLimits,
    };
    this.storage = options.storage ?? {
      settings: memoryStore({ place: 'device', valueBytes: 10_000, totalBytes: 50_000 }),
      blobs: memoryStore({ place: 'document', valueBytes: 1_000_000, totalBytes: 5_000_000 }),
    };
    this.shownTheme = options.theme ?? {
      appearance: 'light',
      colours: { background: '#ffffff', text: '#000000' },
    };
    this.latencyMs = options.latencyMs ?? 0;
  }

  async readSelection(target?: HostTarget): Promise<HostSelection> {
    await this.enter('readSelection');
    if (target === undefined && this.active === undefined) return this.nothing('new');
    if (target === 'new') return this.nothing('new');
    const { document, layer } = this.find(target ?? this.targetOf(this.activeDocument()));
    const { canvas, skeletons } = document.state;
    const whole = { x: 0, y: 0, ...canvas };
    const base = {
      target: target ?? this.targetOf(document),
      canvas,
      people: skeletons.length,
      alsoSelected: [],
    };
    if (layer) {
      const placed = { id: layer.id, ...(layer.metadata === undefined ? {} : { metadata: layer.metadata }) };
      return { ...base, kind: 'picture', name: layer.name, area: layer.area, hasMask: false, placed };
    }
    const { selection } = document;
    if (selection.kind === 'area') {
      const hasMask = selection.mask !== undefined && this.info.capabilities.masks;
      return { ...base, kind: 'area', name: document.key, area: clip(selection.area, canvas), hasMask };
    }
    if (selection.kind === 'nothing') return this.nothing(base.target);
    return { ...base, kind: 'canvas', name: document.key, area: whole, hasMask: false };
  }

  async readPixels(target: HostTarget, reading: PixelReading): Promise<Raster> {
    const { signal } = reading;
    await this.enter('readPixels', signal);
    const { document, layer } = this.find(target);
    const { area, size = area } = reading;
    checkRectangle(area, 'area');
    checkRectangle({ x: 0, y: 0, ...size }, 'size');
    const { readSide } = this.info.limits;
    const side = Math.max(size.width, size.height);
    if (readSide !== undefined && side > readSide) throw aboveLimit('A picture that is read', side, readSide);
    const layers = reading.layers === 'selected' ? (layer ? [layer] : []) : document.state.layers;
    return resizeRaster(compose(layers, area), size.width, size.height, 'bilinear');
  }

  async readMask(
    target: HostTarget,
    { area, size = area, signal }: MaskReading,
  ): Promise<Raster | undefined> {
    await this.enter('readMask', signal);
    const { document, layer } = this.find(target);
    checkRectangle(area, 'area');
    const { selection } = document;
    if (layer || selection.kind !== 'area' || !this.info.capabilities.masks) return undefined;
    const selected = selection.mask ?? filled(selection.area);
    const { x, y } = selection.area;
    const part = cropRaster(selected, { ...area, x: area.x - x, y: area.y - y });
    return resizeRaster(clipMask(part, area, document.state.canvas), size.width, size.height, 'bilinear');
  }

  async readPoses(target: HostTarget): Promise<HostPoses> {
    await this.enter('readPoses');
    const { document } = this.find(target);
    if (this.info.capabilities.poses === 'none') return { poses: [], notes: [] };
    return { poses: structuredClone(document.state.skeletons.map(({ pose }) => pose)), notes: [] };
  }

  async placePoses(
    target: HostTarget,
    poses: readonly Pose[],
    { undoName = 'Place poses', isVisible = true, signal }: PlacePosesOptions = {},
  ): Promise<void> {
    const given = structuredClone(poses);
    await this.enter('placePoses', signal);
    if (this.info.capabilities.poses !== 'place') throw notSupported('place skeletons', this.info.name);
    const { document } = this.find(target);
    this.checkFree();
    const skeletons = checkPoses(given, { allowNobody: true }).map((pose) => ({ pose, isVisible }));
    this.change(document, undoName, { ...document.state, skeletons });
    this.tell('poses');
  }

  async place(placement: Placement, { signal }: PlaceOptions = {}): Promise<readonly PlacedId[]> {
    // As over a bridge: nothing that is given is kept, and a function in it would throw.
    const { target, undoName, pictures, poses } = structuredClone(placement);
    await this.enter('place', signal, false);
    const document = target === 'new' ? this.newDocument(pictures) : this.find(target).document;
    this.checkFree();
    checkPlacement({ pictures, poses }, this.info);
    let { layers, skeletons } = document.state;
    const ids: PlacedId[] = [];
    for (const picture of pictures) {
      const { data, width, height, channels } = picture.picture;
      raster(width, height, channels, data);
      const isRefill = picture.replace !== undefined;
      if (isRefill && !layers.some(({ id }) => id === picture.replace)) throw gone('The picture to refill');
      const id = picture.replace ?? `layer-${this.nextId++}`;
      const { area, name, mask, metadata } = picture;
      const layer: FakeLayer = {
        id,
        name,
        area,
        picture: picture.picture,
        ...(mask ? { mask } : {}),
        ...(metadata === undefined ? {} : { metadata }),
      };
      layers = isRefill
        ? layers.map((old) => (old.id === id ? { ...layer, area: old.area } : old))
        : [...layers, layer];
      ids.push(id);
      // In the middle on purpose: whoever writes into the document as they go would leave half of it.
      this.failIfTold('place');
    }
    if (poses) {
      const kept = checkPoses(poses.poses, { allowNobody: true });
      skeletons = kept.map((pose) => ({ pose, isVisible: poses.isVisible }));
    }
    throwIfCancelled(signal);
    if (target === 'new') {
      this.documents.set(document.key, document);
      this.active = document.key;
    }
    this.change(document, undoName, { ...document.state, layers, skeletons });
    if (poses) this.tell('poses');
    return ids;
  }

  startProgress(title: string, { onCancel }: { readonly onCancel?: () => void } = {}): HostProgress {
    let isCancelled = false;
    const shown: FakeProgress = {
      title,
      share: 0,
      words: '',
      hasEnded: false,
      cancel: () => {
        if (isCancelled || shown.hasEnded) return;
        isCancelled = true;
        onCancel?.();
      },
    };
    this.progress.push(shown);
    return {
      update: (share, words) => {
        if (shown.hasEnded) return;
        shown.share = Math.min(1, Math.max(0, Number.isFinite(share) ? share : 0));
        shown.words = words;
      },
      end: () => {
        shown.hasEnded = true;
      },
    };
  }

  notify(text: string, kind: 'info' | 'warning' | 'error' = 'info'): void {
    const most = this.info.limits.notifyCharacters ?? Number.POSITIVE_INFINITY;
    this.notifications.push({ text: text.length > most ? `${text.slice(0, most - 1)}…` : text, kind });
  }

  async theme(): Promise<HostTheme> {
    await this.enter('theme');
    return structuredClone(this.shownTheme);
  }

  watch(event: HostEvent, listener: () => void): () => void {
    const own = () => listener();
    const set = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, set.add(own));
    return () => set.delete(own);
  }

  async saveFile(file: HostFile): Promise<boolean> {
    if (this.info.capabilities.files !== 'host') throw notSupported('save files', this.info.name);
    this.savedFiles.push(structuredClone(file));
    return true;
  }

  async pickFile(_endings: readonly string[]): Promise<HostFile | undefined> {
    if (this.info.capabilities.files !== 'host') throw notSupported('open files', this.info.name);
    return structuredClone(this.filesToPick.shift());
  }

  async openLink(url: string): Promise<void> {
    if (!this.info.capabilities.links) throw notSupported('open links', this.info.name);
    if (!url.startsWith('https://')) {
      throw new StablePoseError('invalid-input', `Only https addresses are opened, got ${url}.`);
    }
    this.openedLinks.push(url);
  }

  // hands

  /** Opens a document and makes it the one that is worked on; others stay open unless `closeOthers`. */
  open(scene: HostScene, { closeOthers = false } = {}): void {
    if (closeOthers) this.documents.clear();
    const key = `Document ${this.nextId++}`;
    const { canvas, picture, poses = [], selection = { kind: 'canvas' } } = scene;
    const whole = { x: 0, y: 0, ...canvas };
    const layers = picture
      ? [{ id: `layer-${this.nextId++}`, name: 'Background', area: whole, picture }]
      : [];
    const skeletons = poses.map((pose) => ({ pose, isVisible: true }));
    this.documents.set(key, { key, state: { canvas, layers, skeletons }, selection, undone: [] });
    this.active = key;
    this.tell('selection');
  }

  /** The document that is worked on. @throws invalid-input when none is open */
  get document(): FakeDocument {
    return this.activeDocument().state;
  }

  /** Names of the steps that could be undone, oldest first. */
  get undoNames(): readonly string[] {
    return this.active === undefined ? [] : this.activeDocument().undone.map(({ name }) => name);
  }

  /** One step back. Nothing happens when there is none. */
  undo(): void {
    const document = this.activeDocument();
    const step = document.undone.pop();
    if (step) document.state = step.before;
  }

  select(selection: SceneSelection): void {
    this.activeDocument().selection = selection;
    this.tell('selection');
  }

  selectPicture(id: PlacedId): void {
    this.activeDocument().selection = { kind: 'picture', id };
    this.tell('selection');
  }

  /** Draws or moves skeletons, as a person does. */
  drawPoses(poses: readonly Pose[]): void {
    const document = this.activeDocument();
    const skeletons = poses.map((pose) => ({ pose, isVisible: true }));
    this.change(document, 'Draw', { ...document.state, skeletons });
    this.tell('poses');
  }

  deletePicture(id: PlacedId): void {
    const document = this.activeDocument();
    const layers = document.state.layers.filter((layer) => layer.id !== id);
    this.change(document, 'Delete', { ...document.state, layers });
  }

  closeDocument(): void {
    if (this.active === undefined) return;
    this.documents.delete(this.active);
    this.active = [...this.documents.keys()].at(-1);
    this.tell('selection');
  }

  /** Another plug-in is at work, or has finished. */
  setBusy(isBusy: boolean): void {
    this.isBusy = isBusy;
  }

  /** The next call of the method rejects; `place` does so in its middle. */
  failNext(method: Method, code: ErrorCode = 'host-failed', message = 'The host failed.'): void {
    this.failures.push({ method, error: new StablePoseError(code, message) });
  }

  setTheme(theme: HostTheme): void {
    this.shownTheme = theme;
    this.tell('theme');
  }

  /** The panel is about to be closed. */
  announceClosing(): void {
    this.tell('closing');
  }

  /** What the person picks next; undefined: changes their mind. */
  willPick(file: HostFile | undefined): void {
    this.filesToPick.push(file);
  }

  /** Presses "cancel" in the last progress display. */
  cancelProgress(): void {
    this.progress.at(-1)?.cancel();
  }

  private async enter(method: Method, signal?: AbortSignal, failsHere = true): Promise<void> {
    throwIfCancelled(signal);
    await new Promise((resolve) => setTimeout(resolve, this.latencyMs));
    throwIfCancelled(signal);
    if (failsHere) this.failIfTold(method);
  }

  private failIfTold(method: Method): void {
    const index = this.failures.findIndex((failure) => failure.method === method);
    if (index >= 0) throw this.failures.splice(index, 1)[0].error;
  }

  private activeDocument(): OpenDocument {
    const document = this.active === undefined ? undefined : this.documents.get(this.active);
    if (!document) throw new StablePoseError('invalid-input', 'No document is open in the fake host.');
    return document;
  }

  private targetOf({ key, selection }: OpenDocument): HostTarget {
    return JSON.stringify(selection.kind === 'picture' ? [key, selection.id] : [key]);
  }

  private find(target: HostTarget): { readonly document: OpenDocument; readonly layer?: FakeLayer } {
    let parts: unknown;
    try {
      parts = JSON.parse(target);
    } catch {
      parts = undefined;
    }
    const [key, id] = Array.isArray(parts) ? (parts as [string, string | undefined]) : [];
    const document = key === undefined ? undefined : this.documents.get(key);
    if (!document) throw gone('The document');
    if (id === undefined) return { document };
    const layer = document.state.layers.find((one) => one.id === id);
    if (!layer) throw gone('The layer');
    return { document, layer };
  }

  private nothing(target: HostTarget): HostSelection {
    const { newCanvas } = this.info.capabilities;
    return {
      target,
      kind: 'nothing',
      name: '',
      hasMask: false,
      people: 0,
      alsoSelected: [],
      ...(newCanvas ? {} : { obstacle: 'Nothing is selected. Open a document, or select a place in it.' }),
    };
  }

  private newDocument(pictures: readonly PictureToPlace[]): OpenDocument {
    if (!this.info.capabilities.newCanvas) throw notSupported('make a canvas', this.info.name);
    const { width, height } = pictures[0]?.area ?? { width: newCanvasSide, height: newCanvasSide };
    const state = { canvas: { width, height }, layers: [], skeletons: [] };
    return { key: `Document ${this.nextId++}`, state, selection: { kind: 'canvas' }, undone: [] };
  }

  private checkFree(): void {
    if (this.isBusy) {
      throw new StablePoseError('host-busy', `${this.info.name} is busy with another plug-in.`, {
        remedy: 'Try again when it has finished.',
      });
    }
  }

  private change(document: OpenDocument, name: string, state: FakeDocument): void {
    document.undone.push({ name, before: document.state });
    document.state = state;
  }

  private tell(event: HostEvent): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) {
      setTimeout(() => {
        if (this.listeners.get(event)?.has(listener)) listener();
      }, 0);
    }
  }
}

function isSameSize(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}

function clip(area: Rectangle, canvas: Size): Rectangle {
  const x = Math.max(0, area.x);
  const y = Math.max(0, area.y);
  return {
    x,
    y,
    width: Math.min(canvas.width, area.x + area.width) - x,
    height: Math.min(canvas.height, area.y + area.height) - y,
  };
}

function filled({ width, height }: Size): Raster {
  const mask = raster(width, height, 1);
  mask.data.fill(255);
  return mask;
}

/** A selection ends at the canvas. */
function clipMask(mask: Raster, area: Rectangle, canvas: Size): Raster {
  const inside = clip(area, canvas);
  if (isSameSize(inside, mask)) return mask;
  if (inside.width <= 0 || inside.height <= 0) return raster(mask.width, mask.height, 1);
  const part = { ...inside, x: inside.x - area.x, y: inside.y - area.y };
  return pasteRaster(raster(mask.width, mask.height, 1), cropRaster(mask, part), part.x, part.y);
}

/** The layers on an area, one over the other, on nothing: RGBA. */
function compose(layers: readonly FakeLayer[], area: Rectangle): Raster {
  let ground = raster(area.width, area.height, 4);
  for (const { area: place, picture, mask } of layers) {
    const scaled = resizeRaster(withChannels(picture, 4), place.width, place.height);
    const part = cropRaster(scaled, { ...area, x: area.x - place.x, y: area.y - place.y });
    const shown = mask
      ? cropRaster(resizeRaster(mask, place.width, place.height), {
          ...area,
          x: area.x - place.x,
          y: area.y - place.y,
        })
      : undefined;
    ground = over(ground, part, shown);
  }
  return ground;
}

function over(below: Raster, above: Raster, mask: Raster | undefined): Raster {
  const target = raster(below.width, below.height, 4);
  for (let i = 0; i < below.width * below.height; i++) {
    const at = 4 * i;
    const share = ((above.data[at + 3] / 255) * (mask ? mask.data[i] : 255)) / 255;
    const under = (below.data[at + 3] / 255) * (1 - share);
    const alpha = share + under;
    if (alpha <= 0) continue;
    for (let c = 0; c < 3; c++) {
      target.data[at + c] = Math.round((above.data[at + c] * share + below.data[at + c] * under) / alpha);
    }
    target.data[at + 3] = Math.round(255 * alpha);
  }
  return target;
}

function gone(what: string): StablePoseError {
  return new StablePoseError('host-target-gone', `${what} that was worked on is no longer there.`, {
    remedy: 'Select a place and try again.',
  });
}

function notSupported(what: string, name: string): StablePoseError {
  return new StablePoseError('not-supported', `${name} cannot ${what}.`);
}

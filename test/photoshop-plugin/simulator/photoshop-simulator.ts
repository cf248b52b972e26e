import { cropRaster, pasteRaster, type Raster, raster, resizeRaster } from '@stable-pose/core';
import type {
  GetSelection,
  ImageDataOptions,
  Imaging,
  ImagingBounds,
  PhotoshopImageData,
  PutPixels,
} from '../../../packages/photoshop-plugin/src/photoshop/imaging.ts';
import type {
  ActionCommand,
  ActionResult,
  ModalContext,
  NotificationListener,
  PhotoshopChannel,
  PhotoshopDocument,
  PhotoshopLayer,
} from '../../../packages/photoshop-plugin/src/photoshop/photoshop.ts';
import type {
  TestDocument,
  TestPhotoshop,
} from '../../../packages/photoshop-plugin/src/test-host/test-photoshop.ts';
import { notSimulated, onlySimulated, refused, stricter } from './refusals.ts';
import {
  contentOf,
  SimulatedDocument,
  type SimulatedImage,
  type SimulatedLayer,
  type SimulatedSelection,
} from './simulated-document.ts';
import { movedShape, pathOf, shapeOf } from './simulated-shapes.ts';

/** A step of an Action that a plug-in recorded. */
export interface RecordedStep {
  readonly name: string;
  readonly methodName: string;
  readonly info: Readonly<Record<string, unknown>>;
}

/** A script's function at its top level. */
export type StepFunction = (
  context: ModalContext,
  info: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

export interface DocumentToOpen {
  readonly name?: string;
  readonly canvas: { readonly width: number; readonly height: number };
  /** `RGBColorMode` when absent. */
  readonly mode?: string;
  readonly depth?: 8 | 16 | 32;
  /** Of the background, in the document's own samples. */
  readonly background?: SimulatedImage;
  readonly selection?: SimulatedSelection;
}

/** What no page documents, and a self-test's report says (see `limitsOfReport`). */
export interface SimulatorLimits {
  /** What paths are measured in. */
  readonly pathUnit: 'distanceUnit' | 'pixelsUnit';
  /** How far beside its place a shape lands, pixels. */
  readonly shapeOffset: readonly [number, number];
  /** Where a new layer goes while a group is the active layer. */
  readonly layerBesideGroup: 'beside' | 'inside';
  /** What comes of asking for pixels where there are none. */
  readonly emptyPart: 'error' | 'empty';
}

const usualLimits: SimulatorLimits = {
  pathUnit: 'distanceUnit',
  shapeOffset: [0, 0],
  layerBesideGroup: 'beside',
  emptyPart: 'error',
};

/** "Performance Cache Levels" as Photoshop is installed: the full size and three smaller ones. */
const coarsestLevel = 3;

/**
 * Photoshop without a window, as strict as its documentation (AdobeDocs/uxp-photoshop, ps-reference/media/imaging.md and
 * executeasmodal.md): changes outside of a modal scope throw, one scope at a time with error 9, history that is suspended and
 * rolled back, buffers that must be disposed, results trimmed and in the coordinates of a pyramid level, no event inside a
 * scope. It converts no colours: pixels must come in the document's own space and depth. What is not simulated says so.
 */
export class PhotoshopSimulator {
  readonly photoshop: TestPhotoshop;
  /** Names of calls that change something, in their order. */
  readonly changes: string[] = [];
  readonly progressNames: string[] = [];
  readonly alerts: string[] = [];
  /** What a modal scope reported, in words. */
  readonly reports: string[] = [];
  /** Of the Action that is recorded. */
  readonly steps: RecordedStep[] = [];
  isRecording = false;
  private readonly documents: SimulatedDocument[] = [];
  private readonly listeners = new Map<NotificationListener, ReadonlySet<string>>();
  private readonly live = new Set<PhotoshopImageData>();
  private readonly failures: { readonly call: string; after: number }[] = [];
  private activeId: number | undefined;
  private holder: 'us' | 'another plug-in' | undefined;
  private isCancelled = false;
  private isNesting = false;
  private runningAction: ModalContext | undefined;
  private nextId = 1;

  readonly limits: SimulatorLimits;

  /** @param limits how the Photoshop that is stood for does what no page documents */
  constructor(limits: Partial<SimulatorLimits> = {}) {
    this.limits = { ...usualLimits, ...limits };
    const simulator = this;
    this.photoshop = onlySimulated('photoshop', {
      app: onlySimulated('photoshop.app', {
        get activeDocument() {
          const document = simulator.documents.find(({ id }) => id === simulator.activeId);
          return document ? simulator.faceOf(document) : null;
        },
        set activeDocument(document: PhotoshopDocument | null) {
          simulator.checkModal('select document');
          if (document) simulator.activeId = document.id;
        },
        get documents() {
          return simulator.documents.map((document) => simulator.faceOf(document));
        },
        createDocument: async ({ name, width, height, resolution, mode, fill }) => {
          simulator.checkModal('make document');
          if (fill !== 'transparent') throw notSimulated('a document that is filled');
          const made = simulator.open({ canvas: { width, height }, mode, name });
          made.resolution = resolution;
          const id = simulator.nextId++;
          const layer = { id, name: 'Layer 1', isVisible: true, left: 0, top: 0, settings: {} };
          made.state = { layers: [layer], activeIds: [id] };
          made.change('New', made.state);
          return simulator.faceOf(made);
        },
      } satisfies TestPhotoshop['app']),
      core: onlySimulated('photoshop.core', {
        executeAsModal: (work, options) => this.executeAsModal(work, options),
        showAlert: async ({ message }) => void this.alerts.push(message),
      } satisfies TestPhotoshop['core']),
      action: onlySimulated('photoshop.action', {
        batchPlay: async (commands, options) => this.playAll(commands, options),
        recordAction: async ({ name, methodName }, info) => {
          if (info === undefined) throw refused('actions', 'Failed Error: Argument 2 is missing.');
          // Outside of a recording it does nothing.
          if (this.isRecording) this.steps.push({ name, methodName, info: JSON.parse(JSON.stringify(info)) });
        },
        addNotificationListener: async (events, listener) => {
          this.listeners.set(listener, new Set(events));
        },
        removeNotificationListener: async (_events, listener) => {
          this.listeners.delete(listener);
        },
      } satisfies TestPhotoshop['action']),
      imaging: onlySimulated('photoshop.imaging', this.imaging()),
    });
  }

  /** Buffers that nobody has disposed. */
  get liveBuffers(): number {
    return this.live.size;
  }

  /** Who has the modal scope. */
  get modalHolder(): 'us' | 'another plug-in' | undefined {
    return this.holder;
  }

  /** The most bytes of pixels that lay in buffers at one time. */
  peakBytes = 0;
  private liveBytes = 0;

  /** Another plug-in holds the modal scope, or no longer does. */
  setBusy(isBusy: boolean): void {
    this.holder = isBusy ? 'another plug-in' : undefined;
  }

  /** The person presses Escape as soon as the next scope has begun. */
  cancelNextScope(): void {
    this.isCancelled = true;
  }

  /** The named call of the imaging module rejects once, after it worked so many times. */
  failNext(call: string, after = 0): void {
    this.failures.push({ call, after });
  }

  open({
    canvas,
    mode = 'RGBColorMode',
    depth = 8,
    background,
    selection,
    name,
  }: DocumentToOpen): SimulatedDocument {
    const document = new SimulatedDocument(this.nextId++, canvas, mode, depth, name);
    if (background) {
      const id = this.nextId++;
      const layer = {
        id,
        name: 'Background',
        isVisible: true,
        left: 0,
        top: 0,
        image: background,
        settings: {},
      };
      document.state = { layers: [layer], activeIds: [id] };
    }
    document.selection = selection;
    this.documents.push(document);
    this.activeId = document.id;
    this.tell('open');
    return document;
  }

  get document(): SimulatedDocument {
    const document = this.documents.find(({ id }) => id === this.activeId);
    if (!document) throw new Error('No document is open in the simulator.');
    return document;
  }

  close(): void {
    const index = this.documents.findIndex(({ id }) => id === this.activeId);
    if (index >= 0) this.documents.splice(index, 1);
    this.activeId = this.documents.at(-1)?.id;
    this.tell('close');
  }

  closeAll(): void {
    while (this.documents.length > 0) this.close();
  }

  undo(): void {
    const step = this.document.history.pop();
    if (step) this.document.state = step.before;
  }

  selectLayers(...ids: readonly number[]): void {
    this.document.state = { ...this.document.state, activeIds: ids };
    this.tell('select');
  }

  /**
   * Plays a step of an Action: its function runs inside the Action's own modal scope, in which the plug-in's scopes are nested.
   * @returns when the function's promise is settled
   */
  async playStep({ name, info }: RecordedStep, run: StepFunction): Promise<void> {
    await this.executeAsModal(
      async (context) => {
        this.isNesting = true;
        this.runningAction = context;
        try {
          await run(context, JSON.parse(JSON.stringify(info)));
        } finally {
          this.isNesting = false;
          this.runningAction = undefined;
        }
      },
      { commandName: name },
    );
  }

  /** The person presses cancel in the progress dialogue of the Action that runs. */
  cancelAction(): void {
    this.runningAction?.onCancel?.();
  }

  tell(event: string): void {
    // Silenced inside a modal scope.
    if (this.holder === 'us') return;
    for (const [listener, events] of [...this.listeners]) {
      if (events.has(event)) setTimeout(() => this.listeners.has(listener) && listener(event, {}), 0);
    }
  }

  private async executeAsModal<T>(
    work: (context: ModalContext) => Promise<T>,
    { commandName, timeOut = 1 }: { readonly commandName: string; readonly timeOut?: number },
  ): Promise<T> {
    if (typeof commandName !== 'string' || commandName === '')
      throw refused('modal', 'commandName is required.');
    const until = Date.now() + timeOut * 1000;
    const isNested = this.isNesting;
    while (this.holder !== undefined && !isNested) {
      if (Date.now() >= until) {
        const error = refused('modal', `Plugin: ${this.holder} is running a modal command.`);
        throw Object.assign(error, { number: 9 });
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    this.holder = 'us';
    this.progressNames.push(commandName);
    const suspended = new Set<SimulatedDocument>();
    const resume = (document: SimulatedDocument, commit: boolean) => {
      const { suspension } = document;
      if (!suspension) throw stricter('The history of this document is not suspended.');
      document.suspension = undefined;
      suspended.delete(document);
      const { name, before, selection, activeChannels } = suspension;
      if (!commit) {
        document.state = before;
        document.selection = selection;
        document.activeChannels = activeChannels;
      } else if (document.state.layers !== before.layers || document.selection !== selection) {
        document.history.push({ name, before });
      }
    };
    const simulator = this;
    const context: ModalContext = {
      get isCancelled() {
        return simulator.isCancelled;
      },
      reportProgress: ({ value, commandName }) => {
        if (!(value >= 0 && value <= 1)) throw refused('modal', `Progress runs from 0 to 1, got ${value}.`);
        this.reports.push(commandName);
      },
      hostControl: {
        suspendHistory: async ({ documentID, name }) => {
          const document = this.find(documentID);
          if (document.suspension) throw stricter('The history of this document is suspended already.');
          const { state: before, selection, activeChannels } = document;
          document.suspension = { name, before, selection, activeChannels };
          suspended.add(document);
          return { historySuspensionID: documentID };
        },
        resumeHistory: async (suspension, commit = true) => {
          resume(this.find((suspension as { historySuspensionID: number }).historySuspensionID), commit);
        },
      },
    };
    try {
      const result = await work(context);
      for (const document of suspended) resume(document, true);
      return result;
    } catch (error) {
      for (const document of suspended) resume(document, false);
      throw error;
    } finally {
      if (!isNested) this.holder = undefined;
      this.isCancelled = false;
    }
  }

  private checkModal(what: string): void {
    if (this.holder !== 'us') {
      throw refused(
        'modal',
        `Event: ${what} may modify the state of Photoshop. Such events are only allowed from inside a modal scope.`,
      );
    }
    if (this.isCancelled) throw refused('modal', 'The user cancelled the operation.');
    this.changes.push(what);
  }

  private failIfTold(call: string): void {
    const index = this.failures.findIndex((failure) => failure.call === call);
    if (index < 0) return;
    if (this.failures[index].after-- > 0) return;
    this.failures.splice(index, 1);
    throw new Error(`Scratch disks are full (${call}).`);
  }

  private find(id: number): SimulatedDocument {
    const document = this.documents.find((one) => one.id === id);
    if (!document) throw stricter(`The document ${id} does not exist.`);
    return document;
  }

  private faceOf(document: SimulatedDocument): TestDocument {
    const simulator = this;
    const layer = (one: SimulatedLayer) => this.layerFace(document, one.id);
    // A closed document's properties throw, as every call to Photoshop about it does.
    const open = () => this.find(document.id);
    return onlySimulated('document', {
      id: document.id,
      get name() {
        return open().name;
      },
      get historyStates() {
        return [{ id: 0 }, ...open().history.map((_, i) => ({ id: i + 1 }))];
      },
      get activeHistoryState() {
        return { id: open().history.length };
      },
      set activeHistoryState({ id }: { readonly id: number }) {
        simulator.checkModal('select history state');
        while (open().history.length > id) simulator.undo();
      },
      closeWithoutSaving: () => {
        simulator.checkModal('close');
        const at = simulator.documents.indexOf(open());
        simulator.documents.splice(at, 1);
        if (simulator.activeId === document.id) simulator.activeId = simulator.documents.at(-1)?.id;
      },
      get width() {
        return open().canvas.width;
      },
      get height() {
        return open().canvas.height;
      },
      get mode() {
        return open().mode;
      },
      get bitsPerChannel() {
        return `bitDepth${open().depth}`;
      },
      get layers() {
        return open().childrenOf(undefined).map(layer);
      },
      get activeLayers() {
        const { layers, activeIds } = open().state;
        return layers.filter(({ id }) => activeIds.includes(id)).map(layer);
      },
      get activeChannels() {
        return open().activeChannels.map((name) => ({ name }));
      },
      set activeChannels(channels: readonly PhotoshopChannel[]) {
        simulator.checkModal('select channels');
        open().activeChannels = channels.map(({ name }) => name);
      },
      get selection() {
        const { selection } = open();
        const { x, y, width, height } = selection?.area ?? { x: 0, y: 0, width: 0, height: 0 };
        return {
          bounds: selection ? { left: x, top: y, right: x + width, bottom: y + height } : null,
          solid: selection !== undefined && selection.mask === undefined,
        };
      },
      get resolution() {
        return open().resolution;
      },
      get artboards() {
        return open()
          .state.layers.filter(({ artboard }) => artboard !== undefined)
          .map(layer);
      },
      async createPixelLayer({ name }) {
        simulator.checkModal('make layer');
        const id = simulator.make(document, 'New Layer', { name });
        return simulator.layerFace(document, id);
      },
      async createLayerGroup({ name, fromLayers }) {
        simulator.checkModal('make group');
        simulator.checkActive(document);
        const ids = new Set(fromLayers.map((one) => one.id));
        const { layers } = document.state;
        const inner = layers.filter((one) => ids.has(one.id));
        if (inner.length !== ids.size || ids.size === 0) throw stricter('A group is made of layers.');
        const id = simulator.nextId++;
        const parent = inner[0].parent;
        const group = {
          id,
          name,
          kind: 'group' as const,
          isVisible: true,
          left: 0,
          top: 0,
          settings: {},
          ...(parent === undefined ? {} : { parent }),
        };
        document.change('Group Layers', {
          layers: layers.flatMap((one) => {
            const moved = ids.has(one.id) ? { ...one, parent: id } : one;
            return one === inner[0] ? [group, moved] : [moved];
          }),
          activeIds: [id],
        });
        return simulator.layerFace(document, id);
      },
    } satisfies TestDocument);
  }

  /** A new layer above the active one, beside it in its group, as Photoshop does. Becomes the active one. */
  private make(document: SimulatedDocument, name: string, layer: Partial<SimulatedLayer>): number {
    this.checkActive(document);
    const id = this.nextId++;
    const { layers, activeIds } = document.state;
    const at = Math.max(
      0,
      layers.findIndex((one) => activeIds.includes(one.id)),
    );
    const isInside = this.limits.layerBesideGroup === 'inside' && layers[at]?.kind === 'group';
    const parent = isInside ? layers[at].id : layers[at]?.parent;
    const made = {
      id,
      name: '',
      isVisible: true,
      left: 0,
      top: 0,
      settings: {},
      ...(parent === undefined ? {} : { parent }),
      ...layer,
    };
    document.change(name, { layers: [...layers.slice(0, at), made, ...layers.slice(at)], activeIds: [id] });
    document.targetComposite();
    return id;
  }

  private checkActive(document: SimulatedDocument): void {
    if (this.activeId !== document.id) throw stricter('The document is not the active one.');
  }

  private layerFace(document: SimulatedDocument, id: number): PhotoshopLayer {
    const simulator = this;
    const now = () => document.layer(id);
    return onlySimulated('layer', {
      id,
      get kind() {
        return now().kind ?? 'pixel';
      },
      get parent() {
        const { parent } = now();
        return parent === undefined ? null : simulator.layerFace(document, parent);
      },
      get layers() {
        if (now().kind !== 'group') return undefined;
        return document.childrenOf(id).map((child) => simulator.layerFace(document, child.id));
      },
      delete: () => {
        simulator.checkModal('delete layer');
        now();
        const goes = new Set([id]);
        const { layers, activeIds } = document.state;
        for (let before = 0; before < goes.size; ) {
          before = goes.size;
          for (const one of layers) if (one.parent !== undefined && goes.has(one.parent)) goes.add(one.id);
        }
        const kept = layers.filter((one) => !goes.has(one.id));
        const chosen = activeIds.filter((one) => !goes.has(one));
        document.change('Delete Layer', {
          layers: kept,
          activeIds: chosen.length > 0 || kept.length === 0 ? chosen : [kept[0].id],
        });
      },
      move: (other, placement) => {
        simulator.checkModal('move layer');
        const target = document.layer(other.id);
        if (placement === 'placeInside' && target.kind !== 'group')
          throw stricter('Only groups have an inside.');
        const { parent: _parent, ...own } = now();
        const parent = placement === 'placeInside' ? target.id : target.parent;
        const moved = { ...own, ...(parent === undefined ? {} : { parent }) };
        const others = document.state.layers.filter((one) => one.id !== id);
        const at = others.indexOf(target) + (placement === 'placeBefore' ? 0 : 1);
        document.change('Layer Order', {
          ...document.state,
          layers: [...others.slice(0, at), moved, ...others.slice(at)],
        });
      },
      get name() {
        return now().name;
      },
      set name(name: string) {
        simulator.checkModal('rename layer');
        document.changeLayer('Rename Layer', id, { name });
      },
      get visible() {
        return now().isVisible;
      },
      set visible(isVisible: boolean) {
        simulator.checkModal(isVisible ? 'show' : 'hide');
        document.changeLayer('Layer Visibility', id, { isVisible });
      },
      get selected() {
        return document.state.activeIds.includes(id);
      },
      set selected(isSelected: boolean) {
        simulator.checkModal('select');
        const others = document.state.activeIds.filter((one) => one !== id);
        document.state = { ...document.state, activeIds: isSelected ? [...others, id] : others };
        document.targetComposite();
      },
      get boundsNoEffects() {
        return document.boundsOf(now());
      },
    } satisfies PhotoshopLayer);
  }

  /** "When false, the batchPlay command will stop when the first (sub)command fails" (ps-reference/media/batchplay.md). */
  private playAll(
    commands: readonly ActionCommand[],
    { continueOnError = false }: { readonly continueOnError?: boolean },
  ): readonly ActionResult[] {
    if (this.holder === 'us' && this.isCancelled) throw refused('modal', 'The user cancelled the operation.');
    const results: ActionResult[] = [];
    for (const command of commands) {
      const result = this.play(command);
      results.push(result);
      if (result._obj === 'error' && !continueOnError) break;
    }
    return results;
  }

  /** Like Photoshop, it does not reject when a command fails: the result is an error. */
  private play(command: ActionCommand): ActionResult {
    const { _obj } = command;
    if (_obj === 'make') return this.makeShapeLayer(command);
    if (_obj === 'newPlacedLayer') return this.makeSmartObject();
    if (_obj === 'get' || _obj === 'set' || _obj === 'select' || _obj === 'transform') {
      const references = (command._target ?? []) as readonly Readonly<Record<string, unknown>>[];
      const { _id: documentId } = references.find(({ _ref }) => _ref === 'document') ?? {};
      const document = documentId === undefined ? this.document : this.find(documentId as number);
      const { _id = document.state.activeIds[0] } = references.find(({ _ref }) => _ref === 'layer') ?? {};
      if (!document.state.layers.some(({ id }) => id === _id)) {
        return {
          _obj: 'error',
          message: `The object "layer" (${String(_id)}) is not available.`,
          result: -25920,
        };
      }
      const layer = document.layer(_id as number);
      if (_obj === 'select') return this.pick(document, layer, command);
      if (_obj === 'transform') return this.turn(document, layer, command);
      const [first] = references;
      if (first._property === 'generatorSettings') return this.setting(document, layer, command);
      if (_obj === 'get' && first._property === 'layerID') return { layerID: layer.id };
      if (_obj === 'get' && first._property === 'artboard') return artboardOf(layer);
      if (_obj === 'get' && first._ref === 'path' && first._value === 'vectorMask') {
        if (layer.shape) return pathOf(layer.shape, document.resolution, this.limits.pathUnit);
        return { _obj: 'error', message: 'The object "vector mask" is not available.', result: -25922 };
      }
      throw notSimulated(`batchPlay ${_obj} ${JSON.stringify(first)}`);
    }
    throw notSimulated(`batchPlay ${_obj}`);
  }

  private setting(document: SimulatedDocument, { id, settings }: SimulatedLayer, command: ActionCommand) {
    const key = command.property as string;
    if (command._obj === 'get') return { generatorSettings: settings[key] ?? {} };
    this.checkModal('set generatorSettings');
    const text = JSON.parse(JSON.stringify(command.to)) as Record<string, unknown>;
    document.changeLayer('Generator Settings', id, { settings: { ...settings, [key]: text } });
    return {};
  }

  private pick(document: SimulatedDocument, { id }: SimulatedLayer, { selectionModifier }: ActionCommand) {
    this.checkModal('select');
    this.checkActive(document);
    document.targetComposite();
    const { layers, activeIds } = document.state;
    const { _value } = (selectionModifier ?? {}) as { readonly _value?: string };
    if (_value === undefined) document.state = { ...document.state, activeIds: [id] };
    else if (_value === 'addToSelectionContinuous') {
      const at = (one: number) => layers.findIndex((layer) => layer.id === one);
      const [from, to] = [at(activeIds[0]), at(id)].sort((a, b) => a - b);
      document.state = { ...document.state, activeIds: layers.slice(from, to + 1).map((one) => one.id) };
    } else throw notSimulated(`selectionModifier ${_value}`);
    return {};
  }

  /** Degrees, clockwise, about the middle of the bounds. */
  private turn(document: SimulatedDocument, { id, shape }: SimulatedLayer, { angle }: ActionCommand) {
    this.checkModal('transform');
    const { _unit, _value } = (angle ?? {}) as { readonly _unit?: string; readonly _value?: number };
    if (!shape || _unit !== 'angleUnit' || _value === undefined) throw notSimulated('this transform');
    const [xs, ys] = [shape.outline.map(([x]) => x), shape.outline.map(([, y]) => y)];
    const [mx, my] = [(Math.min(...xs) + Math.max(...xs)) / 2, (Math.min(...ys) + Math.max(...ys)) / 2];
    const [cos, sin] = [Math.cos((_value * Math.PI) / 180), Math.sin((_value * Math.PI) / 180)];
    const turned = movedShape(shape, ([x, y]) => [
      mx + cos * (x - mx) - sin * (y - my),
      my + sin * (x - mx) + cos * (y - my),
    ]);
    document.changeLayer('Free Transform', id, { shape: turned });
    return {};
  }

  private makeShapeLayer({ _target, using }: ActionCommand): ActionResult {
    this.checkModal('make shape');
    this.failIfTold('make shape');
    const [{ _ref } = {}] = (_target ?? []) as readonly Readonly<Record<string, unknown>>[];
    const { name, type, shape } = (using ?? {}) as Readonly<
      Record<string, Readonly<Record<string, unknown>>>
    >;
    const { red, grain, blue } = (type?.color ?? {}) as Readonly<Record<string, number>>;
    const colour = [red, grain, blue] as const;
    if (_ref !== 'contentLayer' || !shape || !colour.every((value) => value >= 0 && value <= 255)) {
      throw notSimulated(`make ${JSON.stringify(_target)}`);
    }
    this.make(this.document, 'Shape Tool', {
      name: String(name),
      kind: 'solidColor',
      shape: movedShape(shapeOf(shape, colour), ([x, y]) => [
        x + this.limits.shapeOffset[0],
        y + this.limits.shapeOffset[1],
      ]),
    });
    return {};
  }

  /** The layer becomes another one, in its place; its mask goes into it. */
  private makeSmartObject(): ActionResult {
    this.checkModal('newPlacedLayer');
    const { document } = this;
    const { layers, activeIds } = document.state;
    if (activeIds.length !== 1) throw notSimulated('smart objects of several layers');
    const id = this.nextId++;
    const smart = ({ settings: _settings, ...layer }: SimulatedLayer) => ({
      ...layer,
      id,
      kind: 'smartObject' as const,
      settings: {},
    });
    document.change('Convert to Smart Object', {
      layers: layers.map((layer) => (layer.id === activeIds[0] ? smart(layer) : layer)),
      activeIds: [id],
    });
    return {};
  }

  private imaging(): Imaging {
    return {
      getPixels: async ({
        documentID,
        layerID,
        sourceBounds,
        targetSize,
        colorSpace,
        colorProfile,
        componentSize,
      }) => {
        this.failIfTold('getPixels');
        const document = this.find(documentID);
        const isAsked = colorSpace !== undefined || componentSize !== undefined;
        const isSrgb = colorSpace === 'RGB' && componentSize === 8 && colorProfile === 'sRGB IEC61966-2.1';
        if (isAsked && !isSrgb) {
          throw notSimulated('pixels in anything but 8 bits of sRGB');
        }
        const layer = layerID === undefined ? undefined : document.layer(layerID);
        const { width, height } = document.canvas;
        const valid = layer ? document.boundsOf(layer) : { left: 0, top: 0, right: width, bottom: height };
        if (this.limits.emptyPart === 'empty' && valid.right <= valid.left) return this.nothing(sourceBounds);
        checkInside(sourceBounds, valid);
        const seen = document.render(sourceBounds, layer);
        const hasAlpha = layer?.image?.hasAlpha ?? !document.state.layers.at(-1)?.isVisible;
        return this.trimmed(seen, sourceBounds, targetSize, (i) => seen.data[4 * i + 3] > 0, !hasAlpha);
      },
      getSelection: async (options) => this.readSelection(options),
      createImageDataFromBuffer: async (buffer, options) => {
        this.failIfTold('createImageDataFromBuffer');
        return this.imageData(buffer, options);
      },
      putPixels: async (options) => {
        this.checkModal('putPixels');
        this.failIfTold('putPixels');
        const document = this.find(options.documentID);
        const { kind = 'pixel' } = document.layer(options.layerID);
        if (kind !== 'pixel')
          throw refused('imaging', `Pixels cannot be put into a layer of the kind ${kind}.`);
        const { colorSpace, componentSize, components, width, height } = options.imageData;
        const expected = { RGBColorMode: 'RGB', grayscaleMode: 'Grayscale', labColorMode: 'Lab' }[
          document.mode
        ];
        if (colorSpace !== expected || componentSize !== document.depth) {
          throw stricter(`Data are ${colorSpace} of ${componentSize} bits, the document is not.`);
        }
        const data = await options.imageData.getData();
        const hasAlpha = components === 2 || components === 4;
        const there = contentOf(width, height, (i) => !hasAlpha || data[(i + 1) * components - 1] > 0);
        document.changeLayer('Put Pixels', options.layerID, {
          left: options.targetBounds.left + (there?.left ?? 0),
          top: options.targetBounds.top + (there?.top ?? 0),
          image: there && cut({ width, height, components, hasAlpha, data }, there),
        });
      },
      putLayerMask: async (options) => this.putMask(options),
      putSelection: async ({ documentID, imageData, targetBounds, replace = true }) => {
        this.checkModal('putSelection');
        this.failIfTold('putSelection');
        if (!replace) throw notSimulated('adding to a selection');
        const { width, height, components, colorSpace } = imageData;
        if (components !== 1 || colorSpace !== 'Grayscale')
          throw refused('imaging', 'A selection is one grey channel.');
        const data = (await imageData.getData()) as Uint8Array;
        const mask = raster(width, height, 1, data.slice());
        const area = { x: targetBounds.left, y: targetBounds.top, width, height };
        this.find(documentID).selection = data.every((value) => value === 255) ? { area } : { area, mask };
      },
    };
  }

  private async readSelection({ documentID, sourceBounds, targetSize }: GetSelection) {
    this.failIfTold('getSelection');
    const document = this.find(documentID);
    const { selection, canvas } = document;
    if (!selection) throw stricter('There is no selection.');
    checkInside(sourceBounds, { left: 0, top: 0, right: canvas.width, bottom: canvas.height });
    const { area, mask = filled(area.width, area.height) } = selection;
    const whole = pasteRaster(raster(canvas.width, canvas.height, 1), mask, area.x, area.y);
    const part = cropRaster(whole, {
      x: sourceBounds.left,
      y: sourceBounds.top,
      width: sourceBounds.right - sourceBounds.left,
      height: sourceBounds.bottom - sourceBounds.top,
    });
    return this.trimmed(part, sourceBounds, targetSize, (i) => part.data[i] > 0, false);
  }

  private async putMask({ documentID, layerID, imageData, targetBounds }: PutPixels): Promise<void> {
    this.checkModal('putLayerMask');
    this.failIfTold('putLayerMask');
    const { width, height, components, colorSpace, componentSize } = imageData;
    if (components !== 1 || colorSpace !== 'Grayscale') {
      throw refused('imaging', 'A mask is one grey channel.');
    }
    if (componentSize !== 8) throw stricter('A mask has 8 bits.');
    const data = (await imageData.getData()) as Uint8Array;
    this.find(documentID).changeLayer('Put Layer Mask', layerID, {
      mask: {
        left: targetBounds.left,
        top: targetBounds.top,
        raster: raster(width, height, 1, data.slice()),
      },
    });
  }

  private trimmed(
    seen: Raster,
    source: ImagingBounds,
    targetSize: { readonly width: number; readonly height: number } | undefined,
    isThere: (index: number) => boolean,
    isOpaque: boolean,
  ) {
    const there = contentOf(seen.width, seen.height, isThere);
    if (!there) {
      if (this.limits.emptyPart === 'empty') return this.nothing(source);
      throw stricter('The requested area is empty.');
    }
    const [width, height] = [there.right - there.left, there.bottom - there.top];
    const part = cropRaster(seen, { x: there.left, y: there.top, width, height });
    const ratio = targetSize ? Math.min(seen.width / targetSize.width, seen.height / targetSize.height) : 1;
    const level = Math.min(coarsestLevel, Math.max(0, Math.floor(Math.log2(ratio))));
    const scaled = targetSize
      ? resizeRaster(
          part,
          Math.max(1, Math.round((width * targetSize.width) / seen.width)),
          Math.max(1, Math.round((height * targetSize.height) / seen.height)),
        )
      : part;
    const components = scaled.channels === 1 ? 1 : isOpaque ? 3 : 4;
    const data = new Uint8Array(scaled.width * scaled.height * components);
    for (let i = 0; i < scaled.width * scaled.height; i++) {
      for (let c = 0; c < components; c++) data[i * components + c] = scaled.data[i * scaled.channels + c];
    }
    const colorSpace = components === 1 ? 'Grayscale' : 'RGB';
    const { width: w, height: h } = scaled;
    const imageData = this.imageData(data, { width: w, height: h, components, colorSpace, colorProfile: '' });
    const by = 2 ** level;
    const sourceBounds = {
      left: (source.left + there.left) / by,
      top: (source.top + there.top) / by,
      right: (source.left + there.right) / by,
      bottom: (source.top + there.bottom) / by,
    };
    return { imageData, sourceBounds, level };
  }

  private nothing({ left, top }: ImagingBounds) {
    const size = { width: 0, height: 0, components: 4, colorSpace: 'RGB', colorProfile: '' } as const;
    const sourceBounds = { left, top, right: left, bottom: top };
    return { imageData: this.imageData(new Uint8Array(0), size), sourceBounds, level: 0 };
  }

  private imageData(
    buffer: Uint8Array | Uint16Array | Float32Array,
    { width, height, components, colorSpace }: ImageDataOptions,
  ): PhotoshopImageData {
    if (buffer.length !== width * height * components)
      throw refused('imaging', 'The buffer has another length.');
    const kept = buffer.slice();
    if (kept instanceof Uint16Array && kept.some((value) => value > 32768)) {
      throw refused('imaging', '16 bits run from 0 to 32768 here.');
    }
    let isDisposed = false;
    const data: PhotoshopImageData = {
      width,
      height,
      components,
      colorSpace,
      componentSize: kept instanceof Uint8Array ? 8 : kept instanceof Uint16Array ? 16 : 32,
      hasAlpha: components === 2 || components === 4,
      getData: async () => {
        if (isDisposed) throw refused('imaging', 'The image data were disposed.');
        this.failIfTold('getData');
        return kept.slice();
      },
      dispose: () => {
        if (isDisposed) throw stricter('The image data were disposed twice.');
        isDisposed = true;
        this.live.delete(data);
        this.liveBytes -= kept.byteLength;
      },
    };
    this.live.add(data);
    this.liveBytes += kept.byteLength;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
    return data;
  }
}

function artboardOf({ artboard }: SimulatedLayer): ActionResult {
  if (!artboard) return {};
  const { x, y, width, height } = artboard;
  const artboardRect = { _obj: 'classFloatRect', top: y, left: x, bottom: y + height, right: x + width };
  return { artboard: { _obj: 'artboard', artboardRect, artboardBackgroundType: 3 } };
}

/** "The valid bounds depend on the pixel source." */
function checkInside(asked: ImagingBounds, valid: ImagingBounds): void {
  const { left, top, right, bottom } = asked;
  const isWhole = [left, top, right, bottom].every(Number.isInteger) && right > left && bottom > top;
  const isInside = left >= valid.left && top >= valid.top && right <= valid.right && bottom <= valid.bottom;
  if (!isWhole || !isInside)
    throw refused('imaging', `The bounds ${JSON.stringify(asked)} are not valid here.`);
}

function cut(image: SimulatedImage, { left, top, right, bottom }: ImagingBounds): SimulatedImage {
  const [width, height] = [right - left, bottom - top];
  if (width === image.width && height === image.height) return image;
  const row = width * image.components;
  const data = image.data.slice(0, row * height);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * image.components;
    data.set(image.data.subarray(from, from + row), y * row);
  }
  return { ...image, width, height, data };
}

function filled(width: number, height: number): Raster {
  const mask = raster(width, height, 1);
  mask.data.fill(255);
  return mask;
}

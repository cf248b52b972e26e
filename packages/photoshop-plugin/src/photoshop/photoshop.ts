import type { Imaging, ImagingBounds } from './imaging.ts';

/**
 * What we use of `require('photoshop')`, and nothing else: what the simulator has to obey, and what a reader has to know.
 * Needs Photoshop 26.0 (the panel's local webview; `Document.selection` came with 25.0).
 *
 * Where this differs from `@adobe-uxp-types/photoshop` 0.1.8, and why:
 * - constants are the strings that arrive at run time (`mode` is `'RGBColorMode'`), where the typings have enums that do not
 *   exist outside of `constants`;
 * - `selection.bounds` may be null (so do the typings) and may reach beyond the canvas (they say so in words only);
 * - `activeDocument` is null when nothing is open;
 * - a document that was closed stays an object whose properties throw, so it is looked up by its id every time;
 * - listeners of `addNotificationListener` are removed by the very same arguments.
 */
export interface Photoshop {
  readonly app: PhotoshopApp;
  readonly core: PhotoshopCore;
  readonly action: PhotoshopAction;
  readonly imaging: Imaging;
}

export interface PhotoshopApp {
  /** The person's document. Set inside a modal scope only. */
  activeDocument: PhotoshopDocument | null;
  readonly documents: readonly PhotoshopDocument[];
}

export interface PhotoshopDocument {
  readonly id: number;
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** `RGBColorMode`, `grayscaleMode`, `labColorMode`, `CMYKColorMode`, `bitmapMode`, `indexedColorMode`, ... */
  readonly mode: string;
  /** `bitDepth1`, `bitDepth8`, `bitDepth16`, `bitDepth32`. */
  readonly bitsPerChannel: string;
  /** From front to back; groups hold theirs. */
  readonly layers: readonly PhotoshopLayer[];
  readonly activeLayers: readonly PhotoshopLayer[];
  /** What painting goes into: all of a layer's channels, single ones, or its mask. Set inside a modal scope only. */
  activeChannels: readonly PhotoshopChannel[];
  /** Pixels per inch: paths come in points. */
  readonly resolution: number;
  /** Empty without any. Layers of the kind `group`. */
  readonly artboards: readonly PhotoshopLayer[];
  readonly selection: {
    /** Null when nothing is selected; may reach beyond the canvas. */
    readonly bounds: ImagingBounds | null;
    /** A rectangle without soft edges. */
    readonly solid: boolean;
  };
  /** Modal scope only. Becomes the active layer. */
  createPixelLayer(options: { readonly name: string }): Promise<PhotoshopLayer | null>;
  /** Modal scope only. Around the given layers, where the foremost of them was. Becomes the active layer. */
  createLayerGroup(options: {
    readonly name: string;
    readonly fromLayers: readonly PhotoshopLayer[];
  }): Promise<PhotoshopLayer | null>;
}

export interface PhotoshopChannel {
  readonly name: string;
}

export interface PhotoshopLayer {
  readonly id: number;
  name: string;
  /** `pixel`, `group`, `solidColor`, `smartObject`, `text`, ... */
  readonly kind: string;
  /** Set inside a modal scope only. */
  visible: boolean;
  /** Set inside a modal scope only. */
  selected: boolean;
  readonly boundsNoEffects: ImagingBounds;
  /** Of a group. */
  readonly layers?: readonly PhotoshopLayer[];
  /** The group that it lies in; null at the top. */
  readonly parent: PhotoshopLayer | null;
  /** Modal scope only. */
  delete(): void;
  /** Modal scope only. `placeInside` is for groups. */
  move(other: PhotoshopLayer, placement: 'placeInside' | 'placeBefore' | 'placeAfter'): void;
}

export interface PhotoshopCore {
  /** A sentence in a dialogue of Photoshop's. */
  showAlert(options: { readonly message: string }): Promise<void>;
  /**
   * One plug-in at a time: else it rejects with an error whose `number` is 9, after `timeOut` seconds (25.10 and later).
   */
  executeAsModal<T>(
    work: (context: ModalContext) => Promise<T>,
    options: { readonly commandName: string; readonly timeOut?: number },
  ): Promise<T>;
}

export interface ModalContext {
  /** The person cancelled. */
  readonly isCancelled: boolean | undefined;
  /** Called when they do. */
  onCancel?: () => void;
  /** @param options.value 0 to 1; Photoshop shows its bar after two seconds */
  reportProgress(options: { readonly value: number; readonly commandName: string }): void;
  readonly hostControl: {
    suspendHistory(options: { readonly documentID: number; readonly name: string }): Promise<unknown>;
    /** @param commit false takes back everything since it was suspended */
    resumeHistory(suspension: unknown, commit?: boolean): Promise<void>;
  };
}

export interface PhotoshopAction {
  /**
   * The result of a command that fails is an error; no more are played after it, unless `continueOnError`
   * (ps-reference/media/batchplay.md).
   */
  batchPlay(
    commands: readonly ActionCommand[],
    options: { readonly continueOnError?: boolean },
  ): Promise<readonly ActionResult[]>;
  /**
   * While an Action is recorded, adds a step to it: played, it calls the function of that name at the top level of the
   * plug-in's script with a {@link ModalContext} and the info (ps-reference/media/action-recording.md). Otherwise nothing.
   */
  recordAction(
    step: { readonly name: string; readonly methodName: string },
    info: Readonly<Record<string, unknown>>,
  ): Promise<void> | void;
  addNotificationListener(events: readonly string[], listener: NotificationListener): Promise<void>;
  removeNotificationListener(events: readonly string[], listener: NotificationListener): Promise<void>;
}

export type NotificationListener = (event: string, descriptor: unknown) => void;

export interface ActionCommand {
  readonly _obj: string;
  readonly [property: string]: unknown;
}

export type ActionResult = Readonly<Record<string, unknown>>;

import type { Pose, Raster, Rectangle, Size } from '@stable-pose/core';
import type { HostStorage } from './host-storage.ts';

/**
 * An editor, as the rest of the product sees it: Figma, Photoshop, or one that nobody here has heard of. An adapter wraps
 * the editor's own interface; panels, use cases and tests know this port only.
 *
 * What holds everywhere:
 * - Places are in **canvas pixels**: origin at the top left of the target's canvas (a document, an artboard, a frame), x to
 *   the right, y down, in the host's own unit pixel. Rectangles are whole pixels; poses may lie between pixels.
 * - Pictures are 8 bits a channel in sRGB, alpha not premultiplied. The host converts from and to the document's colour
 *   space and depth.
 * - Only {@link HostAdapter.place} and {@link HostAdapter.placePoses} change a document. Each is one undo step, whole or not
 *   at all: when it rejects, the document is as it was, and nothing was added to the undo history.
 * - Reading changes nothing: no undo step, no selection, no view.
 * - Every method may be called while another is under way; a host that can do one thing at a time makes them wait.
 * - Errors are `StablePoseError`s: `host-target-gone` when the document or the layer is no longer there, `host-busy` when the
 *   host takes no changes just now (trying later helps), `limit-exceeded` when something is above {@link HostLimits},
 *   `not-supported` when {@link HostCapabilities} rules it out, `cancelled`, and `host-failed` for everything else, with
 *   the host's own words in the message.
 */
export interface HostAdapter {
  /** The same for the life of the adapter. Plain JSON, so that it can cross a bridge. */
  readonly info: HostInfo;

  /**
   * Where people are: what is selected, and on which canvas. With a target, that place again as it is now.
   * @throws host-target-gone
   */
  readSelection(target?: HostTarget): Promise<HostSelection>;

  /**
   * What a part of the canvas looks like: RGBA, exactly `size` (the area's own size when absent), covering exactly `area`;
   * transparent where there is nothing, also beyond the canvas. Left out are skeletons that were placed by
   * {@link placePoses} and, when the selection is a shape that serves as a mask, that shape.
   * @throws host-target-gone, limit-exceeded, cancelled
   */
  readPixels(target: HostTarget, reading: PixelReading): Promise<Raster>;

  /**
   * The selection as a mask: one channel, exactly `size`, covering exactly `area`; 255 inside, 0 outside, soft edges between.
   * Undefined when nothing is selected, or the whole canvas. The selection is the one of now; a target that has none of its
   * own (anymore) has no mask.
   * @throws host-target-gone, cancelled
   */
  readMask(target: HostTarget, reading: MaskReading): Promise<Raster | undefined>;

  /**
   * The skeletons on the target: in canvas pixels, from back to front. All of the canvas, or the selected ones when
   * skeletons are what is selected.
   * @throws host-target-gone
   */
  readPoses(target: HostTarget): Promise<HostPoses>;

  /**
   * Draws skeletons as native, editable objects in place of those that {@link readPoses} would have given.
   * An empty list removes them. One undo step. @throws not-supported, host-target-gone, host-busy, cancelled, host-failed
   */
  placePoses(target: HostTarget, poses: readonly Pose[], options?: PlacePosesOptions): Promise<void>;

  /**
   * Places pictures with their masks and metadata: one undo step under the given name, whole or not at all. Selection,
   * active layer and view stay as they were.
   * @returns as many ids as pictures, in their order, good as `replace` and in {@link HostSelection.placed}
   * @throws host-target-gone, host-busy, limit-exceeded, not-supported, cancelled, host-failed
   */
  place(placement: Placement, options?: PlaceOptions): Promise<readonly PlacedId[]>;

  /** Small things to remember, and blobs. */
  readonly storage: HostStorage;

  /**
   * Shows that work is under way, in the host's own manner; where it has none, does nothing.
   * @param options.onCancel called at most once, when people cancel in the host's own progress display
   */
  startProgress(title: string, options?: { readonly onCancel?: () => void }): HostProgress;

  /** A short sentence for people, in the host's own manner. Cut at {@link HostLimits.notifyCharacters}. Never throws. */
  notify(text: string, kind?: 'info' | 'warning' | 'error'): void;

  theme(): Promise<HostTheme>;

  /**
   * Calls the listener after something happened; any number of times, never before `watch` returned, never after the
   * returned function was called.
   */
  watch(event: HostEvent, listener: () => void): () => void;

  /**
   * Where a page has no means of its own ({@link HostCapabilities.files} is 'host'): asks people where to, and saves.
   * False when they changed their mind. @throws not-supported, write-failed, disk-full
   */
  saveFile(file: HostFile): Promise<boolean>;

  /**
   * Where a page has no means of its own: asks people for a file. Undefined when they changed their mind.
   * @param endings such as `['.json', '.png']`
   * @throws not-supported, file-not-found
   */
  pickFile(endings: readonly string[]): Promise<HostFile | undefined>;

  /** Opens an https address in the browser of the person. @throws not-supported */
  openLink(url: string): Promise<void>;
}

/** What a host is and can. Plain JSON. */
export interface HostInfo {
  /** Shown to people: "Figma", "Photoshop". */
  readonly name: string;
  /** The host's own version, as it says it; empty when it does not say. */
  readonly version: string;
  readonly capabilities: HostCapabilities;
  readonly limits: HostLimits;
}

/** What a caller may count on. Panels hide what is not there; calling it regardless throws `not-supported`. */
export interface HostCapabilities {
  /** Selections have shapes and soft edges; without it a selection is its rectangle and {@link HostAdapter.readMask} gives undefined. */
  readonly masks: boolean;
  /** A placed picture can carry a mask that stays editable; without it the caller puts the mask into the picture's alpha. */
  readonly pictureMasks: boolean;
  /** `PictureToPlace.picture` may have any size and is scaled to its area; without it, it must have the area's size. */
  readonly scalesPictures: boolean;
  /** Placed pictures carry metadata that survives saving the document. */
  readonly metadata: boolean;
  /** `PictureToPlace.replace` refills a picture that was placed before. */
  readonly replacePictures: boolean;
  /** The host can make a new canvas when nothing is selected. */
  readonly newCanvas: boolean;
  /** Skeletons as native objects: not at all, only read, or placed too. */
  readonly poses: 'none' | 'read' | 'place';
  /** Opening and saving files: by the page's own means, by this port, or not at all. */
  readonly files: 'page' | 'host' | 'none';
  /** Links can be opened by {@link HostAdapter.openLink}. */
  readonly links: boolean;
}

/** Numbers that the host enforces. `Infinity` does not cross JSON: absent means that no limit is known. */
export interface HostLimits {
  /** Longest side of a picture that {@link HostAdapter.place} takes, pixels. */
  readonly placeSide?: number;
  /** Longest side of a picture that {@link HostAdapter.readPixels} gives, pixels of `size`. */
  readonly readSide?: number;
  /** Most pictures in one placement. */
  readonly placeCount?: number;
  /** Of one picture's metadata in UTF-8. */
  readonly metadataBytes?: number;
  /** Of a notification; longer ones are cut. */
  readonly notifyCharacters?: number;
}

/**
 * A place that can be worked on: a canvas and, where something on it was selected, that thing. Opaque to everyone but the
 * adapter that made it, a string so that it can cross a bridge and be kept. It stays good while people select other things,
 * switch pages or documents and draw; when its document is closed or the thing deleted, using it throws `host-target-gone`.
 */
export type HostTarget = string;

/** A picture that was placed before; opaque, as {@link HostTarget}. */
export type PlacedId = string;

export interface HostSelection {
  readonly target: HostTarget;
  /**
   * What people have selected. `nothing`: placing makes a new canvas (or is an obstacle). `canvas`: a frame, an artboard, or a
   * document without a selection. `area`: a part of the canvas, by a marquee or a lasso. `picture`: a picture on the
   * canvas. `shape`: an object that says where. `skeleton`: one or more skeletons.
   */
  readonly kind: 'nothing' | 'canvas' | 'area' | 'picture' | 'shape' | 'skeleton';
  /** What people call it: the name of the layer, the frame or the document. */
  readonly name: string;
  /** Absent for `nothing`. */
  readonly canvas?: Size;
  /**
   * Where a picture would go: the whole canvas, the bounds of the selection (clipped by the canvas), of the picture or of the
   * shape; for a skeleton the canvas. Absent for `nothing`.
   */
  readonly area?: Rectangle;
  /** {@link HostAdapter.readMask} has something to say: the selection is not simply its rectangle. */
  readonly hasMask: boolean;
  /** Skeletons that {@link HostAdapter.readPoses} would give. */
  readonly people: number;
  /** The selected picture is one that was placed by us. */
  readonly placed?: PlacedPicture;
  /** More places of the same kind that are selected, for batches; the first is `target`. */
  readonly alsoSelected: readonly HostTarget[];
  /** Why nothing can be placed here and what to do: a sentence for people. Absent when it can. */
  readonly obstacle?: string;
}

export interface PlacedPicture {
  readonly id: PlacedId;
  /** As it was given to {@link HostAdapter.place}; absent where the host lost it, or cannot keep any. */
  readonly metadata?: string;
}

export interface PixelReading {
  readonly area: Rectangle;
  /** Of the picture that comes back; the area's when absent. */
  readonly size?: Size;
  /**
   * `visible` (unless told): the canvas as people see it. `selected`: only the layers or objects that are selected, over
   * nothing.
   */
  readonly layers?: 'visible' | 'selected';
  readonly signal?: AbortSignal;
}

export interface MaskReading {
  readonly area: Rectangle;
  /** Of the mask that comes back; the area's when absent. */
  readonly size?: Size;
  readonly signal?: AbortSignal;
}

export interface HostPoses {
  readonly poses: readonly Pose[];
  /** What people should know: a skeleton that was flattened and cannot be read, one that lost limbs. Sentences. */
  readonly notes: readonly string[];
}

export interface PlacePosesOptions {
  /** Name of the undo step. "Place poses" when absent. */
  readonly undoName?: string;
  /** Hidden objects stay readable. True when absent. */
  readonly isVisible?: boolean;
  readonly signal?: AbortSignal;
}

export interface Placement {
  readonly target: HostTarget;
  /** What people read in the undo list. */
  readonly undoName: string;
  /** One or more; several are variants of each other, which a host may group or set out in a row. */
  readonly pictures: readonly PictureToPlace[];
  /** The selected shape only said what is drawn anew: it goes out of sight in the same step, where the host has such shapes. */
  readonly hidesShape?: boolean;
  /** Skeletons to keep beside the pictures, so that they can be posed anew, in canvas pixels. Only where `poses` is 'place'. */
  readonly poses?: { readonly poses: readonly Pose[]; readonly isVisible: boolean };
}

export interface PictureToPlace {
  /** RGB or RGBA. */
  readonly picture: Raster;
  /** Which part of the canvas it covers. May reach over the canvas' border. */
  readonly area: Rectangle;
  /** One channel, of the picture's size: 255 shows, 0 hides. Only where `pictureMasks` is true. */
  readonly mask?: Raster;
  /** Of the layer or object. */
  readonly name: string;
  /** Kept with the picture and given back by {@link HostSelection.placed}. Any text, JSON in practice. */
  readonly metadata?: string;
  /** Refill this picture, at its place and in its order, instead of adding one. Only where `replacePictures` is true. */
  readonly replace?: PlacedId;
}

export interface PlaceOptions {
  /** Heeded until the host begins to write its undo step. */
  readonly signal?: AbortSignal;
}

/** Work under way, as the host shows it. */
export interface HostProgress {
  /** @param share 0 to 1 @param words what is going on */
  update(share: number, words: string): void;
  /** Takes the display away. Any number of times. */
  end(): void;
}

export interface HostTheme {
  readonly appearance: 'light' | 'dark';
  /**
   * The host's own colours as CSS colours, where it tells them; panels fall back on their own. `background` of the panel,
   * `raised` of cards and fields, `text`, `dimText`, `border`, `accent` of the main button and of what is selected,
   * `onAccent` of the text on it.
   */
  readonly colours: Readonly<Partial<Record<HostColour, string>>>;
}

export const hostColours = [
  'background',
  'raised',
  'text',
  'dimText',
  'border',
  'accent',
  'onAccent',
] as const;
export type HostColour = (typeof hostColours)[number];

/**
 * `selection`: what {@link HostAdapter.readSelection} gives may be another. `poses`: skeletons were changed in the document.
 * `theme`. `closing`: the panel goes away; there is time for one short write, not for more.
 */
export const hostEvents = ['selection', 'poses', 'theme', 'closing'] as const;
export type HostEvent = (typeof hostEvents)[number];

export interface HostFile {
  /** Without a folder. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

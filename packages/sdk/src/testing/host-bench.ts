import type { Pose, Raster, Rectangle, Size } from '@stable-pose/core';
import type { HostAdapter, PlacedId } from '../host-adapter.ts';
import type { DisposableBench } from './conformance.ts';

/** A document to work on. */
export interface HostScene {
  readonly canvas: Size;
  /** RGB or RGBA, covers the canvas; nothing is there when absent. */
  readonly picture?: Raster;
  /** Canvas pixels. */
  readonly poses?: readonly Pose[];
  readonly selection?: SceneSelection;
}

export type SceneSelection =
  | { readonly kind: 'canvas' }
  /** No document, or nothing in one, as far as the host knows that. */
  | { readonly kind: 'nothing' }
  /** The mask, of the area's size, when it is no plain rectangle. */
  | { readonly kind: 'area'; readonly area: Rectangle; readonly mask?: Raster };

/**
 * An adapter under test, and the hands that a person would have in its editor. What a bench cannot do is left out, and the
 * checks that need it are skipped with that reason: a real editor has no script that closes a document, a simulator has.
 */
export interface HostBench extends DisposableBench {
  readonly host: HostAdapter;
  /** Makes this the document that is worked on, with an empty undo history. Earlier ones are closed. */
  open(scene: HostScene): Promise<void>;
  /** Selections that people cannot make in this host: `open` is never asked for them. */
  readonly cannotSelect?: readonly SceneSelection['kind'][];
  /**
   * How far a channel may be off after a round trip through the host's colour conversion. 0 when absent: exact.
   */
  readonly colourTolerance?: number;
  /** How far a keypoint may be off after a round trip, pixels. 0.01 when absent. */
  readonly poseTolerance?: number;
  /** One step back, as the person's key does. */
  undo?(): Promise<void>;
  /** Steps that could be undone. */
  undoSteps?(): Promise<number>;
  /** Selects something that was placed, as a click does. */
  selectPlaced?(id: PlacedId): Promise<void>;
  /** Selects something else than before: another part, another document that stays open beside. */
  selectElsewhere?(): Promise<void>;
  /** Closes the document that is worked on, without asking. */
  closeDocument?(): Promise<void>;
  /** Makes the host refuse changes until the returned function is called. */
  makeBusy?(): Promise<() => Promise<void>>;
  /** Makes the next placing fail in its middle. */
  breakNextPlacing?(): Promise<void>;
  /** Switches between light and dark. */
  switchTheme?(): Promise<void>;
  /** Cancels in the host's own progress display. */
  cancelProgress?(): Promise<void>;
}

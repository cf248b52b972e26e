import type { GenerationRequestInput } from '@stable-pose/core';
import type { HostTarget } from './host-adapter.ts';

/**
 * What is drawn from: `words` and poses alone; the `picture` that lies there; or that picture with only the `selection`
 * drawn anew.
 */
export type PictureSource = 'words' | 'picture' | 'selection';

/** A request of a person in an editor. */
export interface HostGeneration {
  /**
   * Prompt, seed, steps and everything else. Poses (and `repose.from`) are in canvas pixels; without `poses`, those on the
   * canvas are used. `width` and `height` are decided by the area; `image` and `mask` by `from`.
   */
  readonly request: GenerationRequestInput;
  /** Where; what is selected when absent. */
  readonly target?: HostTarget;
  /** By what is selected when absent: an area or a shape over a picture redraws inside it, everything else uses words. */
  readonly from?: PictureSource;
  /** How much is drawn anew, 0 to 1. By default 0.75 of a picture, all of a selection. */
  readonly strength?: number;
  /**
   * Canvas pixels round the area that are drawn too and then thrown away, so that the picture fits what surrounds it. By
   * default a quarter of the area's longer side for `selection`, nothing otherwise.
   */
  readonly padding?: number;
  /** Softens the selection's edge inwards, pixels of the drawn picture. Default 8. */
  readonly feather?: number;
  /** See {@link AreaPlanOptions.resolution}. Default `model`. */
  readonly resolution?: 'model' | 'canvas' | number;
  /** Only the people are placed, cut out by the engine's matte. Default false. */
  readonly cutOut?: boolean;
  /** Refill the selected picture, which we placed before, instead of adding one. Takes a count of 1. Default false. */
  readonly replace?: boolean;
  /**
   * With `replace`: what shows of the picture that is refilled is what shows of the new one. For hosts that put masks into a picture's
   * alpha; others keep the mask with the layer. Default false.
   */
  readonly keepsShape?: boolean;
  /** Skeletons to keep on the canvas beside the picture; only where the host can. Default `none`. */
  readonly keepPoses?: 'none' | 'hidden' | 'visible';
  /** Of the undo step. "Generate picture" when absent. */
  readonly undoName?: string;
  /** Of the layer; the prompt's first words when absent. */
  readonly name?: string;
}

import { pictureScale, scaledLineWidth } from '../image/picture-scale.ts';
import { type Raster, raster } from '../image/raster.ts';
import { drawDisc } from './draw-disc.ts';
import { drawLine } from './draw-line.ts';
import type { Pose } from './keypoints.ts';
import { referenceDraws, referenceOutOfFrame } from './reference-crop.ts';
import { drawingThreshold, limbs, statedLineWidth } from './skeleton.ts';

/**
 * What becomes of keypoints outside the picture. `clip`: drawn at their true place, so that a limb leaves the picture
 * where it should. `reference`: as the authors' data loader has it: moved to (0, 0), keeping their confidence.
 */
export type OutOfFrame = 'clip' | 'reference';

/** How `drawPoses` draws. */
export interface DrawingOptions {
  /** Of the picture to draw, pixels. The poses are in its pixels. */
  readonly width: number;
  readonly height: number;
  /** Pixels of a 512-pixel picture; 10 unless told. */
  readonly lineWidth?: number;
  /** A keypoint is drawn when its confidence is above this (strictly); 0.05 unless told. */
  readonly threshold?: number;
  /** `clip` unless told. */
  readonly outOfFrame?: OutOfFrame;
  /** `picture` (unless told): the line grows with the picture. `none`: `lineWidth` is in the picture's own pixels. */
  readonly scale?: 'picture' | 'none';
}

/**
 * Draws skeletons as Stable-Pose was trained to see them: per person, per limb in the order of the list, a thick line and
 * a disc on each end; later ones cover earlier ones (pose/SPEC.md P1 to P11).
 *
 * @param poses checked ones (see `checkPoses`), in pixels of the picture to draw
 * @returns RGB on black
 */
export function drawPoses(poses: readonly Pose[], options: DrawingOptions): Raster {
  const { width, height, threshold = drawingThreshold, outOfFrame = 'clip' } = options;
  const stated = options.lineWidth ?? statedLineWidth;
  const scale = options.scale === 'none' ? 1 : pictureScale(width, height);
  const lineWidth = scaledLineWidth(stated, scale);
  const radius = Math.floor(lineWidth / 2);
  const target = raster(width, height, 3);
  const drawn =
    outOfFrame === 'reference' ? referenceOutOfFrame(poses, width, height).filter(referenceDraws) : poses;
  for (const pose of drawn) {
    for (const { from, to, colour } of limbs) {
      const [x1, y1, confidence1] = pose.keypoints[from];
      const [x2, y2, confidence2] = pose.keypoints[to];
      if (!(confidence1 > threshold && confidence2 > threshold)) continue;
      const start = { x: Math.floor(x1), y: Math.floor(y1) };
      const end = { x: Math.floor(x2), y: Math.floor(y2) };
      drawLine(target, start, end, lineWidth, colour);
      drawDisc(target, start.x, start.y, radius, colour);
      drawDisc(target, end.x, end.y, radius, colour);
    }
  }
  return target;
}

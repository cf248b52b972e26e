import { pictureScale, scaledLineWidth } from '../image/picture-scale.ts';
import { type Raster, raster } from '../image/raster.ts';
import { drawDisc } from './draw-disc.ts';
import { drawLine } from './draw-line.ts';
import { drawThinLine } from './draw-thin-line.ts';
import { fillConvex } from './fill-convex.ts';
import { one, type Point, whole } from './fixed-point.ts';
import { coco18Layout, toLayout } from './formats/open-pose-layout.ts';
import { openPoseHandBones, openPoseHandColour } from './hand-skeleton.ts';
import type { Keypoint, Pose } from './keypoints.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Colour } from './skeleton.ts';

/*
 * The other drawing: OpenPose's coloured skeleton as ControlNet and T2I-Adapter were trained to see it, eighteen keypoints
 * with a neck, hands and faces. Source of order, colours and sizes: the openpose annotator of ControlNet 1.0 and 1.1
 * (Apache-2.0), as it was when the models were trained; a later one draws limbs below the keypoints, without blending.
 */

/** Joined keypoints, by COCO-18 index; limb i has colour i. */
export const openPoseLimbs: readonly (readonly [from: number, to: number])[] = [
  [1, 2],
  [1, 5],
  [2, 3],
  [3, 4],
  [5, 6],
  [6, 7],
  [1, 8],
  [8, 9],
  [9, 10],
  [1, 11],
  [11, 12],
  [12, 13],
  [1, 0],
  [0, 14],
  [14, 16],
  [0, 15],
  [15, 17],
];

/** One a keypoint: eighteen steps around the colour circle. */
export const openPoseColours: readonly Colour[] = [
  [255, 0, 0],
  [255, 85, 0],
  [255, 170, 0],
  [255, 255, 0],
  [170, 255, 0],
  [85, 255, 0],
  [0, 255, 0],
  [0, 255, 85],
  [0, 255, 170],
  [0, 255, 255],
  [0, 170, 255],
  [0, 85, 255],
  [0, 0, 255],
  [85, 0, 255],
  [170, 0, 255],
  [255, 0, 255],
  [255, 0, 170],
  [255, 0, 85],
];

/** In pixels of a 512-pixel picture: half a limb's thickness and a keypoint's radius. */
const statedRadius = 4;
const statedHandLineWidth = 2;
const statedFaceRadius = 3;

const handBlue: Colour = [0, 0, 255];
const faceWhite: Colour = [255, 255, 255];

/** How `drawOpenPose` draws. */
export interface OpenPoseDrawingOptions {
  readonly width: number;
  readonly height: number;
  /** A keypoint is drawn when its confidence is above this (strictly); 0.3 unless told, as the annotator has it. */
  readonly threshold?: number;
  /** `picture` (unless told): limbs grow with the picture. `none`: as in a 512-pixel picture. */
  readonly scale?: 'picture' | 'none';
}

/**
 * A disc on every keypoint, then limbs as ellipses from keypoint to keypoint, which let what lies below shine through; then
 * hands and faces (pose/SPEC.md P19). Keypoints out of frame are drawn at their true place and clipped.
 * @returns RGB on black
 */
export function drawOpenPose(poses: readonly Pose[], options: OpenPoseDrawingOptions): Raster {
  const { width, height, threshold = 0.3 } = options;
  const scale = options.scale === 'none' ? 1 : pictureScale(width, height);
  const radius = scaledLineWidth(statedRadius, scale);
  const target = raster(width, height, 3);
  const disc = ([x, y, confidence]: Keypoint, size: number, colour: Colour) => {
    if (confidence > threshold) drawDisc(target, Math.trunc(x), Math.trunc(y), size, colour);
  };
  const bodies = poses.map(({ keypoints }) => toLayout(keypoints, coco18Layout));
  openPoseColours.forEach((colour, i) => {
    for (const points of bodies) disc(points[i], radius, colour);
  });
  const ink = raster(width, height, 3);
  openPoseLimbs.forEach(([from, to], limb) => {
    for (const points of bodies) {
      if (!(points[from][2] > threshold && points[to][2] > threshold)) continue;
      blendLimb(target, ink, limbEllipse(points[from], points[to], radius), openPoseColours[limb]);
    }
  });
  const handLineWidth = scaledLineWidth(statedHandLineWidth, scale);
  for (const { hands } of poses) {
    for (const hand of [hands?.left, hands?.right]) {
      if (hand === undefined) continue;
      openPoseHandBones.forEach(([from, to], bone) => {
        if (!(hand[from][2] > threshold && hand[to][2] > threshold)) return;
        const pixel = ([x, y]: Keypoint) => ({ x: Math.trunc(x), y: Math.trunc(y) });
        drawLine(target, pixel(hand[from]), pixel(hand[to]), handLineWidth, openPoseHandColour(bone));
      });
      for (const point of hand) disc(point, radius, handBlue);
    }
  }
  const faceRadius = scaledLineWidth(statedFaceRadius, scale);
  for (const { face } of poses) for (const point of face ?? []) disc(point, faceRadius, faceWhite);
  return target;
}

/** Lays a limb over the picture: 0.6 of its colour and 0.4 of what was there. */
function blendLimb(target: Raster, ink: Raster, corners: readonly Point[], colour: Colour): void {
  fillConvex(ink, corners, faceWhite, drawSide);
  const { width, height } = target;
  const [xs, ys] = [corners.map(({ x }) => whole(x)), corners.map(({ y }) => whole(y))];
  const lastX = Math.min(width - 1, Math.max(...xs) + 1);
  const lastY = Math.min(height - 1, Math.max(...ys) + 1);
  for (let y = Math.max(0, Math.min(...ys) - 1); y <= lastY; y++) {
    for (let x = Math.max(0, Math.min(...xs) - 1); x <= lastX; x++) {
      const at = (y * width + x) * 3;
      if (ink.data[at] === 0) continue;
      for (let c = 0; c < 3; c++) {
        // Fifths never lie half-way between two bytes, so any rounding is OpenCV's.
        target.data[at + c] = Math.round((2 * target.data[at + c] + 3 * colour[c]) / 5);
        ink.data[at + c] = 0;
      }
    }
  }
}

function drawSide(target: Raster, from: Point, to: Point, colour: Colour): void {
  const pixel = (point: Point) => ({ x: whole(point.x), y: whole(point.y) });
  drawThinLine(target, pixel(from), pixel(to), colour);
}

/** sin of whole degrees as OpenCV's table has it: seven decimals, in fp32. */
function sine(degrees: number): number {
  return Math.fround(Number(Math.sin((degrees * Math.PI) / 180).toFixed(7)));
}

/** The corners, in fixed point, of the ellipse around a limb: a corner a degree, on whole pixels, as OpenCV makes it. */
function limbEllipse(from: Keypoint, to: Keypoint, radius: number): Point[] {
  const centreX = Math.trunc((from[0] + to[0]) / 2);
  const centreY = Math.trunc((from[1] + to[1]) / 2);
  const dx = from[0] - to[0];
  const dy = from[1] - to[1];
  const reach = Math.trunc(Math.sqrt(dx * dx + dy * dy) / 2);
  const angle = Math.trunc((Math.atan2(dy, dx) * 180) / Math.PI);
  const turn = angle < 0 ? angle + 360 : angle;
  const cosTurn = sine(450 - turn);
  const sinTurn = sine(turn);
  const corners: Point[] = [];
  for (let degree = 0; degree <= 360; degree++) {
    const along = reach * sine(450 - degree);
    const across = radius * sine(degree);
    const x = one * roundHalfEven(centreX + along * cosTurn - across * sinTurn);
    const y = one * roundHalfEven(centreY + along * sinTurn + across * cosTurn);
    const last = corners.at(-1);
    if (last === undefined || last.x !== x || last.y !== y) corners.push({ x, y });
  }
  return corners;
}

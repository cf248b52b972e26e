import { pictureScale, scaledLineWidth } from '../image/picture-scale.ts';
import { type Raster, raster } from '../image/raster.ts';
import { drawDisc } from './draw-disc.ts';
import { drawThinLine } from './draw-thin-line.ts';
import { fillConvex } from './fill-convex.ts';
import { one, type Point, whole } from './fixed-point.ts';
import { coco18Layout, toLayout } from './formats/open-pose-layout.ts';
import type { Keypoint, Pose } from './keypoints.ts';
import { roundHalfEven } from './round-half-even.ts';
import type { Colour } from './skeleton.ts';

/*
 * The other drawing: OpenPose's coloured skeleton as ControlNet and T2I-Adapter were trained to see it, eighteen keypoints
 * with a neck. Source of order, colours and sizes: the openpose annotator of ControlNet 1.1 (Apache-2.0).
 */

/** Joined keypoints, by COCO-18 index; limb i has colour i. */
const openPoseLimbs: readonly (readonly [from: number, to: number])[] = [
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
const openPoseColours: readonly Colour[] = [
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

/** Limbs are drawn darker than keypoints, so that these stay visible. */
const limbShade = 0.6;

/** Half a limb's thickness and a keypoint's radius, in pixels of a 512-pixel picture. */
const statedRadius = 4;

export interface OpenPoseDrawingOptions {
  readonly width: number;
  readonly height: number;
  /** A keypoint is drawn when its confidence is above this (strictly); 0.3 unless told, as the annotator has it. */
  readonly threshold?: number;
  /** `picture` (unless told): limbs grow with the picture. `none`: as in a 512-pixel picture. */
  readonly scale?: 'picture' | 'none';
}

/**
 * Bodies as ellipses from keypoint to keypoint, then a disc on every keypoint, person after person; later ones cover
 * earlier ones (pose/SPEC.md P19). Keypoints out of frame are drawn at their true place and clipped.
 * @returns RGB on black
 */
export function drawOpenPose(poses: readonly Pose[], options: OpenPoseDrawingOptions): Raster {
  const { width, height, threshold = 0.3 } = options;
  const scale = options.scale === 'none' ? 1 : pictureScale(width, height);
  const radius = scaledLineWidth(statedRadius, scale);
  const target = raster(width, height, 3);
  for (const pose of poses) {
    const points = toLayout(pose.keypoints, coco18Layout);
    openPoseLimbs.forEach(([from, to], limb) => {
      if (!(points[from][2] > threshold && points[to][2] > threshold)) return;
      const [red, green, blue] = openPoseColours[limb];
      const colour = [
        Math.floor(red * limbShade),
        Math.floor(green * limbShade),
        Math.floor(blue * limbShade),
      ] as const;
      const corners = limbEllipse(points[from], points[to], radius);
      fillConvex(target, corners, colour, drawSide);
    });
    points.forEach(([x, y, confidence], i) => {
      if (confidence > threshold) drawDisc(target, Math.trunc(x), Math.trunc(y), radius, openPoseColours[i]);
    });
  }
  return target;
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

import { pictureScale, scaledLineWidth } from '../image/picture-scale.ts';
import type { Raster } from '../image/raster.ts';
import { drawOpenPose, openPoseColours, openPoseLimbs } from './draw-open-pose.ts';
import { drawPoses } from './draw-poses.ts';
import { coco18Layout, toLayout } from './formats/open-pose-layout.ts';
import { openPoseHandBones, openPoseHandColour } from './hand-skeleton.ts';
import type { Keypoint, Pose } from './keypoints.ts';
import { type Colour, drawingThreshold, limbs, statedLineWidth } from './skeleton.ts';

/** Whose drawing: Stable-Pose's sixteen limbs, or OpenPose's seventeen with a neck. */
export type SkeletonStyle = 'stable-pose' | 'openpose';

/** Every {@link SkeletonStyle}. */
export const skeletonStyles: readonly SkeletonStyle[] = ['stable-pose', 'openpose'];

/** How `drawSkeleton` draws. */
export interface SkeletonDrawingOptions {
  /** Of the picture, pixels. The poses are in its pixels. */
  readonly width: number;
  readonly height: number;
  /** `stable-pose` unless told. */
  readonly style?: SkeletonStyle;
  /** A keypoint is drawn when its confidence is above this (strictly): 0.05, or 0.3 for OpenPose, unless told. */
  readonly threshold?: number;
}

/** Of its own colour, what is left in a limb of OpenPose's drawing. */
const openPoseLimbOpacity = 0.6;

/** In OpenPose's drawing of 512 pixels: half a limb's thickness and a keypoint's radius, and what hands and faces have. */
const openPoseRadius = 4;
const openPoseHandLineWidth = 2;
const openPoseFaceRadius = 3;

/** The skeleton in pixels, as the models of either style are given it. @returns RGB on black */
export function drawSkeleton(poses: readonly Pose[], options: SkeletonDrawingOptions): Raster {
  const { style = 'stable-pose', ...drawing } = options;
  return style === 'stable-pose' ? drawPoses(poses, drawing) : drawOpenPose(poses, drawing);
}

/**
 * The skeleton as an SVG on black, for people and for editors: the same limbs, order and colours as `drawPoses` and
 * `drawOpenPose`, but smooth and scalable, so not the same pixels. Models are given the pixel drawings.
 */
export function skeletonSvg(poses: readonly Pose[], options: SkeletonDrawingOptions): string {
  const { width, height, style = 'stable-pose' } = options;
  const scale = pictureScale(width, height);
  const shapes =
    style === 'stable-pose'
      ? poses.flatMap((pose) =>
          stablePoseShapes(
            pose,
            scaledLineWidth(statedLineWidth, scale),
            options.threshold ?? drawingThreshold,
          ),
        )
      : poses.flatMap((pose) => openPoseShapes(pose, scale, options.threshold ?? 0.3));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="${width}" height="${height}" fill="#000"/>`,
    ...shapes,
    '</svg>\n',
  ].join('\n');
}

function stablePoseShapes({ keypoints }: Pose, lineWidth: number, threshold: number): string[] {
  return limbs.flatMap(({ from, to, colour }) => {
    const [a, b] = [keypoints[from], keypoints[to]];
    return a[2] > threshold && b[2] > threshold ? lineShape(a, b, colour, lineWidth) : [];
  });
}

function openPoseShapes(pose: Pose, scale: number, threshold: number): string[] {
  const radius = scaledLineWidth(openPoseRadius, scale);
  const points = toLayout(pose.keypoints, coco18Layout);
  const disc = ([x, y, confidence]: Keypoint, size: number, colour: Colour) =>
    confidence > threshold ? `<circle cx="${x}" cy="${y}" r="${size}" fill="rgb(${colour.join(' ')})"/>` : [];
  const line = (a: Keypoint, b: Keypoint, colour: Colour, width: number, opacity?: number) =>
    a[2] > threshold && b[2] > threshold ? lineShape(a, b, colour, width, opacity) : [];
  const hands = [pose.hands?.left, pose.hands?.right].flatMap((hand) => (hand ? [hand] : []));
  return [
    ...points.flatMap((point, i) => disc(point, radius, openPoseColours[i])),
    ...openPoseLimbs.flatMap(([from, to], i) =>
      line(points[from], points[to], openPoseColours[i], 2 * radius, openPoseLimbOpacity),
    ),
    ...hands.flatMap((hand) => [
      ...openPoseHandBones.flatMap(([from, to], bone) =>
        line(hand[from], hand[to], openPoseHandColour(bone), scaledLineWidth(openPoseHandLineWidth, scale)),
      ),
      ...hand.flatMap((point) => disc(point, radius, [0, 0, 255])),
    ]),
    ...(pose.face ?? []).flatMap((point) =>
      disc(point, scaledLineWidth(openPoseFaceRadius, scale), [255, 255, 255]),
    ),
  ];
}

function lineShape(a: Keypoint, b: Keypoint, colour: Colour, width: number, opacity = 1): string {
  const shade = opacity < 1 ? ` stroke-opacity="${opacity}"` : '';
  return `<line x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}" stroke="rgb(${colour.join(' ')})" stroke-width="${width}" stroke-linecap="round"${shade}/>`;
}

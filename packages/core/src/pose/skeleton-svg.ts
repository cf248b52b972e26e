import { pictureScale, scaledLineWidth } from '../image/picture-scale.ts';
import { openPoseColours, openPoseLimbs } from './draw-open-pose.ts';
import { coco18Layout, toLayout } from './formats/open-pose-layout.ts';
import type { Keypoint, Pose } from './keypoints.ts';
import { type Colour, drawingThreshold, limbs, statedLineWidth } from './skeleton.ts';

/** Whose drawing: Stable-Pose's sixteen limbs, or OpenPose's seventeen with a neck. */
export type SkeletonStyle = 'stable-pose' | 'openpose';

export const skeletonStyles: readonly SkeletonStyle[] = ['stable-pose', 'openpose'];

export interface SkeletonSvgOptions {
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

/** Half a limb's thickness and a keypoint's radius in OpenPose's drawing of 512 pixels. */
const openPoseRadius = 4;

/**
 * The skeleton as an SVG on black, for people and for editors: the same limbs, order and colours as `drawPoses` and
 * `drawOpenPose`, but smooth and scalable, so not the same pixels. Models are given the pixel drawings.
 */
export function skeletonSvg(poses: readonly Pose[], options: SkeletonSvgOptions): string {
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
      : poses.flatMap((pose) =>
          openPoseShapes(pose, scaledLineWidth(openPoseRadius, scale), options.threshold ?? 0.3),
        );
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

function openPoseShapes({ keypoints }: Pose, radius: number, threshold: number): string[] {
  const points = toLayout(keypoints, coco18Layout);
  const lines = openPoseLimbs.flatMap(([from, to], i) => {
    const [a, b] = [points[from], points[to]];
    if (!(a[2] > threshold && b[2] > threshold)) return [];
    return lineShape(a, b, openPoseColours[i], 2 * radius, openPoseLimbOpacity);
  });
  const discs = points.flatMap(([x, y, confidence], i) =>
    confidence > threshold
      ? `<circle cx="${x}" cy="${y}" r="${radius}" fill="rgb(${openPoseColours[i].join(' ')})"/>`
      : [],
  );
  return [...lines, ...discs];
}

function lineShape(a: Keypoint, b: Keypoint, colour: Colour, width: number, opacity = 1): string {
  const shade = opacity < 1 ? ` stroke-opacity="${opacity}"` : '';
  return `<line x1="${a[0]}" y1="${a[1]}" x2="${b[0]}" y2="${b[1]}" stroke="rgb(${colour.join(' ')})" stroke-width="${width}" stroke-linecap="round"${shade}/>`;
}

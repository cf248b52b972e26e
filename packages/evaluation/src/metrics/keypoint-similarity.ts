import { keypointNames, cocoSigmas as sigmaByName } from '@stable-pose/core/pose';
import { boundingArea, type MetricKeypoints } from './pose-set.ts';

/** COCO's per-keypoint standard deviations, in the order of the 17 keypoints. */
export const cocoSigmas: readonly number[] = keypointNames.map((name) => sigmaByName[name]);

/** The spacing of doubles at 1, which COCO's code adds to the area. */
const epsilon = 2 ** -52;

/**
 * Object keypoint similarity, in 0..1:  OKS = mean over annotated i of exp(-d_i^2 / (2 area (2 sigma_i)^2)).
 * Source: COCO keypoint evaluation. With no annotated joint, distances to the doubled bounding box are used, as COCO does.
 * @param area square pixels; the asked pose's bounding box unless given
 */
export function objectKeypointSimilarity(
  asked: MetricKeypoints,
  found: MetricKeypoints,
  area: number = boundingArea(asked),
): number {
  const annotated = asked.some(([, , confidence]) => confidence > 0);
  const box = annotated ? undefined : doubledBox(asked);
  let sum = 0;
  let count = 0;
  for (let i = 0; i < asked.length; i++) {
    const [x, y, confidence] = asked[i]!;
    const [foundX, foundY] = found[i]!;
    if (annotated && !(confidence > 0)) continue;
    const dx = box ? outside(foundX, box.left, box.right) : foundX - x;
    const dy = box ? outside(foundY, box.top, box.bottom) : foundY - y;
    const variance = (2 * cocoSigmas[i]!) ** 2;
    sum += Math.exp(-((dx * dx + dy * dy) / variance / (area + epsilon) / 2));
    count++;
  }
  return sum / count;
}

function doubledBox(keypoints: MetricKeypoints): {
  left: number;
  right: number;
  top: number;
  bottom: number;
} {
  const xs = keypoints.map(([x]) => x);
  const ys = keypoints.map(([, y]) => y);
  const [x0, y0] = [Math.min(...xs), Math.min(...ys)];
  const [width, height] = [Math.max(...xs) - x0, Math.max(...ys) - y0];
  return { left: x0 - width, right: x0 + width * 2, top: y0 - height, bottom: y0 + height * 2 };
}

function outside(value: number, low: number, high: number): number {
  return Math.max(0, low - value) + Math.max(0, value - high);
}

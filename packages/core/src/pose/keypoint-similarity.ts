import { keypointNames, type Pose } from './keypoints.ts';
import { cocoSigmas } from './skeleton.ts';
import { poseBounds } from './transform-poses.ts';

/**
 * COCO's object keypoint similarity of a found pose to a wanted one: the mean over the wanted pose's present keypoints of
 * exp(-d^2 / (2 area (2 sigma)^2)), d the distance in pixels. 1 is perfect. Source: pycocotools `computeOks`.
 *
 * A wanted keypoint that was not found (confidence 0) counts as 0: pycocotools never meets that case, as its detections
 * have all keypoints.
 *
 * @param options.area of the wanted person in square pixels; the box around the keypoints unless told
 * @returns 0 to 1; NaN when the wanted pose has no keypoint
 */
export function keypointSimilarity(
  found: Pose,
  wanted: Pose,
  options: { readonly area?: number } = {},
): number {
  const box = poseBounds(wanted);
  if (box === undefined) return Number.NaN;
  const area = options.area ?? (box.right - box.left) * (box.bottom - box.top);
  let sum = 0;
  let count = 0;
  wanted.keypoints.forEach(([x, y, confidence], i) => {
    if (!(confidence > 0)) return;
    count++;
    const [foundX, foundY, foundConfidence] = found.keypoints[i];
    if (!(foundConfidence > 0)) return;
    const variance = (2 * cocoSigmas[keypointNames[i]]) ** 2;
    const squared = (foundX - x) ** 2 + (foundY - y) ** 2;
    // The step of doubles at 1 (numpy.spacing(1)) keeps a person of no area from dividing by 0, as in pycocotools.
    sum += Math.exp(-squared / variance / (area + Number.EPSILON) / 2);
  });
  return sum / count;
}

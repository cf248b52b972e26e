import { pictureScale, type Raster, raster } from '../image/index.ts';
import { drawingThreshold, type Keypoint, limbs, type Pose, type Size } from '../pose/index.ts';

/** A body part is about this thick on each side of its limb, in lengths of the torso. */
const limbThickness = 0.18;
/** Radius of a head about the middle of its keypoints, in lengths of the torso. */
const headRadius = 0.45;
/** A keypoint that moved by less, in pixels of a 512-pixel picture, stayed. */
const stayed = 0.5;
/** Lines that fill the torso between its sides. */
const torsoLines = 8;

const [leftShoulder, rightShoulder, leftHip, rightHip] = [5, 6, 11, 12];
const headKeypoints = [0, 1, 2, 3, 4];

interface Capsule {
  readonly from: Keypoint;
  readonly to: Keypoint;
  readonly radius: number;
}

/**
 * White where limbs were or are that changed: round each such limb of the old and the new poses by the thickness of a body
 * part and `margin`; torsos filled, heads round. A limb whose both ends stayed is left out, and a person who stayed with it.
 *
 * @param before, after in pixels of `size`, the same person at the same place of both lists
 * @param margin pixels of a 512-pixel picture
 * @returns one channel, 0 or 255
 */
export function limbMask(
  before: readonly Pose[],
  after: readonly Pose[],
  size: Size,
  margin: number,
): Raster {
  const scale = pictureScale(size.width, size.height);
  const mask = raster(size.width, size.height, 1);
  for (let person = 0; person < Math.max(before.length, after.length); person++) {
    const [old, now] = [before[person], after[person]];
    const moved = (keypoint: number) => hasMoved(old?.keypoints[keypoint], now?.keypoints[keypoint], scale);
    for (const pose of [old, now]) {
      if (pose) for (const capsule of changedParts(pose, moved, margin * scale)) fill(mask, capsule);
    }
  }
  return mask;
}

function hasMoved(old: Keypoint | undefined, now: Keypoint | undefined, scale: number): boolean {
  if (!old || !now) return true;
  if (isThere(old) !== isThere(now)) return true;
  return isThere(old) && Math.hypot(old[0] - now[0], old[1] - now[1]) > stayed * scale;
}

const isThere = (keypoint: Keypoint) => keypoint[2] > drawingThreshold;

function* changedParts(
  { keypoints }: Pose,
  moved: (keypoint: number) => boolean,
  margin: number,
): Generator<Capsule> {
  const torso = torsoLength(keypoints);
  const radius = margin + limbThickness * torso;
  for (const { from, to } of limbs) {
    if (!(moved(from) || moved(to)) || !isThere(keypoints[from]) || !isThere(keypoints[to])) continue;
    yield { from: keypoints[from], to: keypoints[to], radius };
  }
  const sides = [leftShoulder, rightShoulder, leftHip, rightHip];
  if (sides.some(moved) && sides.every((side) => isThere(keypoints[side]))) {
    for (let i = 0; i <= torsoLines; i++) {
      const share = i / torsoLines;
      yield {
        from: between(keypoints[leftShoulder], keypoints[leftHip], share),
        to: between(keypoints[rightShoulder], keypoints[rightHip], share),
        radius,
      };
    }
  }
  const head = headKeypoints.filter((index) => isThere(keypoints[index]));
  if (head.some(moved)) {
    const x = head.reduce((sum, index) => sum + keypoints[index][0], 0) / head.length;
    const y = head.reduce((sum, index) => sum + keypoints[index][1], 0) / head.length;
    yield { from: [x, y, 1], to: [x, y, 1], radius: margin + headRadius * torso };
  }
}

/** From the middle of the shoulders to that of the hips; without them, a third of the person's height. */
function torsoLength(keypoints: readonly Keypoint[]): number {
  const middle = (a: number, b: number) => between(keypoints[a], keypoints[b], 0.5);
  if ([leftShoulder, rightShoulder, leftHip, rightHip].every((side) => isThere(keypoints[side]))) {
    const [top, bottom] = [middle(leftShoulder, rightShoulder), middle(leftHip, rightHip)];
    return Math.hypot(top[0] - bottom[0], top[1] - bottom[1]);
  }
  const ys = keypoints.filter(isThere).map(([, y]) => y);
  return ys.length === 0 ? 0 : (Math.max(...ys) - Math.min(...ys)) / 3;
}

function between(a: Keypoint, b: Keypoint, share: number): Keypoint {
  return [a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, 1];
}

/** Whitens every pixel whose centre lies within the radius of the line. */
function fill(mask: Raster, { from, to, radius }: Capsule): void {
  const [x1, y1] = from;
  const [x2, y2] = to;
  const lengthSquared = (x2 - x1) ** 2 + (y2 - y1) ** 2;
  const left = Math.max(0, Math.floor(Math.min(x1, x2) - radius));
  const right = Math.min(mask.width - 1, Math.ceil(Math.max(x1, x2) + radius));
  const top = Math.max(0, Math.floor(Math.min(y1, y2) - radius));
  const bottom = Math.min(mask.height - 1, Math.ceil(Math.max(y1, y2) + radius));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const [dx, dy] = [x + 0.5 - x1, y + 0.5 - y1];
      const along =
        lengthSquared === 0 ? 0 : Math.min(1, Math.max(0, (dx * (x2 - x1) + dy * (y2 - y1)) / lengthSquared));
      const away = (dx - along * (x2 - x1)) ** 2 + (dy - along * (y2 - y1)) ** 2;
      if (away <= radius * radius) mask.data[y * mask.width + x] = 255;
    }
  }
}

import type { Raster } from '../image/index.ts';
import { keypointSimilarity, mirroredKeypoint, type Pose, poseBounds } from '../pose/index.ts';
import { findCenters } from './find-centers.ts';
import type { PoseFinder } from './pose-finder.ts';
import { type Bounds, type SquareRegion, squareAround } from './square-region.ts';

/** One found person, before it is told to anybody. */
export interface Finding {
  readonly pose: Pose;
  readonly score: number;
}

/** Chosen by hand on renders of seeds 1 000 000 000 to 1 000 000 059; measured on the 60 seeds after them: docs/pose-detection.md. */
export const tuning = {
  /** Of the square around found keypoints, in their longer side: the body reaches beyond its keypoints. */
  margin: 1.5,
  /** Of the square around a given box: it may be tight. */
  boxMargin: 1.25,
  /** Keypoints that count towards a person's extent. */
  sure: 0.2,
  /** Mean confidence below which nobody was found. */
  leastScore: 0.2,
  /** A place answers at least so much as somebody's centre. */
  leastHeat: 0.2,
  /** Cells between the centres of two people. */
  centerReach: 2,
  /** Two findings as similar as this are one person. */
  sameSimilarity: 0.4,
  /** Two findings whose boxes overlap by so much are one person. */
  sameOverlap: 0.75,
  /** How far from its expected place a centre may be, as a share of the square. */
  nearby: 0.04,
} as const;

/** Where a person reaches to: the sure keypoints' box, or all keypoints' when hardly one is sure. */
export function extentOf(pose: Pose): Bounds {
  const sure = pose.keypoints.filter(([, , confidence]) => confidence > tuning.sure);
  return poseBounds(sure.length >= 4 ? { keypoints: sure } : pose, -1) as Bounds;
}

/**
 * Looks again at a person already found, in a square that follows it: more pixels, less of others. Keeps whichever finding is
 * surer.
 */
export async function refine(
  finder: PoseFinder,
  picture: Raster,
  found: Finding,
  signal?: AbortSignal,
): Promise<Finding> {
  const region = squareAround(extentOf(found.pose), tuning.margin);
  // Too small to be anybody, and too large a part of nothing to be worth a look.
  if (region.side < 8) return found;
  const [x, y] = trunkOf(found.pose);
  const weights = finder.weightsNear(
    (x - region.x) / region.side,
    (y - region.y) / region.side,
    2 * tuning.nearby,
  );
  const { pose, score } = await finder.look(picture, region, { weights, signal });
  return score >= found.score ? { pose, score } : found;
}

/** The people of a picture, surest first: centres in overlapping squares, each looked at once more, then merged. */
export async function findPeople(
  finder: PoseFinder,
  picture: Raster,
  options: { readonly most: number; readonly signal?: AbortSignal },
): Promise<readonly Finding[]> {
  const { most, signal } = options;
  const rough: Finding[] = [];
  for (const region of squaresOver(picture)) {
    const { centerHeat } = await finder.look(picture, region, { signal });
    const centers = findCenters(centerHeat, finder.cells, {
      least: tuning.leastHeat,
      reach: tuning.centerReach,
      most: 2 * most,
    });
    for (const { row, column } of centers) {
      const [x, y] = [(column + 0.5) / finder.cells, (row + 0.5) / finder.cells];
      const weights = finder.weightsNear(x, y, tuning.nearby / 4);
      const { pose, score } = await finder.look(picture, region, { weights, signal });
      rough.push({ pose, score });
    }
  }
  const candidates = distinct(rough).filter(({ score }) => score >= tuning.leastScore / 2);
  const refined: Finding[] = [];
  for (const candidate of candidates.slice(0, 3 * most)) {
    refined.push(await refine(finder, picture, candidate, signal));
  }
  return distinct(refined)
    .filter(({ score }) => score >= tuning.leastScore)
    .slice(0, most);
}

/** Surest first; of findings that are one person, the surest. */
export function distinct(findings: readonly Finding[]): readonly Finding[] {
  const kept: Finding[] = [];
  for (const finding of [...findings].sort((a, b) => b.score - a.score)) {
    if (!kept.some((other) => isSame(finding.pose, other.pose))) kept.push(finding);
  }
  return kept;
}

/** Alike, also when one finding takes the person's front for the back, or the same place taken up. */
function isSame(a: Pose, b: Pose): boolean {
  const area = Math.max(areaOf(a), areaOf(b));
  const turned: Pose = { keypoints: mirroredKeypoint.map((index) => b.keypoints[index]) };
  return (
    keypointSimilarity(a, b, { area }) >= tuning.sameSimilarity ||
    keypointSimilarity(a, turned, { area }) >= tuning.sameSimilarity ||
    overlap(extentOf(a), extentOf(b)) >= tuning.sameOverlap
  );
}

/** Area of the common part over the area of both together. */
function overlap(a: Bounds, b: Bounds): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  if (width <= 0 || height <= 0) return 0;
  const size = (box: Bounds) => (box.right - box.left) * (box.bottom - box.top);
  return (width * height) / (size(a) + size(b) - width * height);
}

function areaOf(pose: Pose): number {
  const { left, top, right, bottom } = extentOf(pose);
  return (right - left) * (bottom - top);
}

/** A body's middle: of shoulders and hips. */
function trunkOf(pose: Pose): readonly [number, number] {
  const trunk = [5, 6, 11, 12].map((index) => pose.keypoints[index]);
  const mean = (axis: 0 | 1) => trunk.reduce((sum, point) => sum + point[axis], 0) / trunk.length;
  return [mean(0), mean(1)];
}

/** The whole picture, and four to nine overlapping squares of two thirds of its shorter side, for people who are small. */
function squaresOver({ width, height }: Raster): readonly SquareRegion[] {
  const whole = squareAround({ left: 0, top: 0, right: width, bottom: height }, 1);
  const side = Math.ceil((2 / 3) * Math.min(width, height));
  const starts = (length: number) => {
    const count = Math.max(2, Math.ceil((1.5 * (length - side)) / side) + 1);
    return Array.from({ length: count }, (_, i) => Math.round(((length - side) * i) / (count - 1)));
  };
  return [whole, ...starts(height).flatMap((y) => starts(width).map((x) => ({ x, y, side })))];
}

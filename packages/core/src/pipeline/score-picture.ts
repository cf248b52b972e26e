import type { PoseDetector } from '../detect/index.ts';
import type { Raster, Rectangle } from '../image/index.ts';
import {
  keypointSimilarity,
  type LimbDifference,
  limbsOff,
  type Pose,
  poseBounds,
  type Size,
  scalePoses,
} from '../pose/index.ts';

/** How well one person of a picture stands in the asked pose. */
export interface PersonScore {
  /** Object keypoint similarity of the found to the asked pose, over the asked keypoints inside the picture: 0 to 1. */
  readonly similarity: number;
  /** What the detector found where the person was asked, in pixels of the request; absent when it found nobody. */
  readonly found?: Pose;
  /** Farthest off first; empty when nobody was found. */
  readonly limbsOff: readonly LimbDifference[];
}

/** How well a picture keeps to the asked poses. */
export interface PoseScore {
  /** Mean of the people's similarities, 0 to 1. */
  readonly similarity: number;
  /** In the order of the request's poses; without those who lie outside the picture. */
  readonly people: readonly (PersonScore & { readonly person: number })[];
}

/** Of the asked keypoints' box, on each side, in its longer side: heads, hands and feet reach beyond keypoints. */
const boxMargin = 0.1;

/**
 * Finds each asked person in the box where it was asked, and compares.
 * @param size of the request, whose pixels the poses are in; the picture may be larger after a detail pass
 * @returns undefined when no asked person has a keypoint in the picture
 */
export async function scorePicture(
  detector: PoseDetector,
  picture: Raster,
  poses: readonly Pose[],
  size: Size,
  signal?: AbortSignal,
): Promise<PoseScore | undefined> {
  const asked = poses.flatMap((pose, person) => {
    const inside = withinPicture(pose, size);
    const box = poseBounds(inside);
    // A single keypoint has no extent: nothing to be near or far by.
    return box && box.right > box.left && box.bottom > box.top ? [{ person, pose: inside }] : [];
  });
  if (asked.length === 0) return undefined;
  const shown = scalePoses(
    asked.map(({ pose }) => pose),
    size,
    picture,
    'stretch',
  );
  const found = await detector.detect(picture, { boxes: shown.map(boxAround), signal });
  const people = asked.map(({ person, pose }, i) => {
    const { isGuess, pose: seen } = found[i];
    if (isGuess) return { person, similarity: 0, limbsOff: [] };
    const [own] = scalePoses([seen], picture, size, 'stretch');
    return {
      person,
      similarity: keypointSimilarity(own, pose),
      found: own,
      limbsOff: limbsOff(own, pose),
    };
  });
  const similarity = people.reduce((sum, person) => sum + person.similarity, 0) / people.length;
  return { similarity, people };
}

/** Which asked person is not as asked, in a sentence; undefined when the score reaches the line. */
export function scoreWarning(score: PoseScore, line: number): string | undefined {
  const low = score.people.filter(({ similarity }) => similarity < line);
  if (low.length === 0) return undefined;
  const said = low.map(({ person, similarity, found, limbsOff: off }) => {
    const who = `person ${person + 1}`;
    if (found === undefined) return `${who} was not found`;
    const limbs = off.slice(0, 3).map(({ limb }) => limb);
    return `${who} scores ${similarity.toFixed(2)}${limbs.length > 0 ? ` (off: ${limbs.join(', ')})` : ''}`;
  });
  return `The pose that was found is below the line of ${line}: ${said.join('; ')}.`;
}

function withinPicture(pose: Pose, { width, height }: Size): Pose {
  return {
    keypoints: pose.keypoints.map((keypoint) => {
      const [x, y] = keypoint;
      return x >= 0 && y >= 0 && x < width && y < height ? keypoint : [0, 0, 0];
    }),
  };
}

function boxAround(pose: Pose): Rectangle {
  const { left, top, right, bottom } = poseBounds(pose) ?? { left: 0, top: 0, right: 1, bottom: 1 };
  const margin = boxMargin * Math.max(right - left, bottom - top);
  const [x, y] = [Math.floor(left - margin), Math.floor(top - margin)];
  return { x, y, width: Math.ceil(right + margin) - x, height: Math.ceil(bottom + margin) - y };
}

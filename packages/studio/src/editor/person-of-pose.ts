import { type Keypoint, keypointCount, type Pose } from '@stable-pose/core';
import type { EditorDocument } from './editor-document.ts';
import type { EditorKeypoint, Person, Point } from './person.ts';

/** A person standing upright, seen from in front, 1 high, 0 at the top: places for keypoints that nobody told. */
// biome-ignore format: a table of places
const standing: readonly Point[] = [
  [0, 0.05], [0.02, 0.03], [-0.02, 0.03], [0.045, 0.045], [-0.045, 0.045],
  [0.11, 0.2], [-0.11, 0.2], [0.15, 0.37], [-0.15, 0.37], [0.17, 0.52], [-0.17, 0.52],
  [0.065, 0.52], [-0.065, 0.52], [0.075, 0.75], [-0.075, 0.75], [0.08, 0.97], [-0.08, 0.97],
].map(([x, y]) => ({ x, y }));

/** A pose in the editor. Absent keypoints come in deleted, where a standing person would have them, ready to be restored. */
export function personOfPose(pose: Pose, id: string): Person {
  const guess = guessAbsent(pose.keypoints);
  const keypoints = pose.keypoints.map(([x, y, confidence], i): EditorKeypoint => {
    if (confidence > 0) return { x, y, confidence, state: 'shown', isLocked: false };
    return { ...guess(i), confidence: 1, state: 'deleted', isLocked: false };
  });
  return {
    id,
    keypoints,
    origin: keypoints.map(({ x, y }) => ({ x, y })),
    ...(pose.hands ? { hands: pose.hands } : {}),
    ...(pose.face ? { face: pose.face } : {}),
  };
}

/** What the model is told; undefined when that is no keypoint at all. */
export function poseOfPerson({ keypoints, hands, face }: Person): Pose | undefined {
  if (!keypoints.some(({ state }) => state === 'shown')) return undefined;
  return {
    keypoints: keypoints.map(
      ({ x, y, confidence, state }): Keypoint => (state === 'shown' ? [x, y, confidence] : [0, 0, 0]),
    ),
    ...(hands ? { hands } : {}),
    ...(face ? { face } : {}),
  };
}

/** Everyone of whom the model is told, from back to front. */
export function posesOfDocument({ people }: EditorDocument): readonly Pose[] {
  return people.flatMap((person) => poseOfPerson(person) ?? []);
}

/**
 * The standing person laid over the keypoints that are there, by least squares over place and one scale:
 * s = sum (p - mean p)(q - mean q) / sum |q - mean q|^2.
 */
function guessAbsent(keypoints: readonly Keypoint[]): (index: number) => Point {
  const present = Array.from({ length: keypointCount }, (_, i) => i).filter((i) => keypoints[i][2] > 0);
  if (present.length === 0) return (i) => ({ x: standing[i].x * 200 + 128, y: standing[i].y * 200 + 28 });
  const mean = (of: (i: number) => Point) => ({
    x: present.reduce((sum, i) => sum + of(i).x, 0) / present.length,
    y: present.reduce((sum, i) => sum + of(i).y, 0) / present.length,
  });
  const at = (i: number): Point => ({ x: keypoints[i][0], y: keypoints[i][1] });
  const p = mean(at);
  const q = mean((i) => standing[i]);
  let [shared, own] = [0, 0];
  for (const i of present) {
    const dx = standing[i].x - q.x;
    const dy = standing[i].y - q.y;
    shared += Math.abs((at(i).x - p.x) * dx) + (at(i).y - p.y) * dy;
    own += dx * dx + dy * dy;
  }
  const scale = own > 1e-9 && shared > 0 ? shared / own : 200;
  return (i) => ({ x: p.x + (standing[i].x - q.x) * scale, y: p.y + (standing[i].y - q.y) * scale });
}

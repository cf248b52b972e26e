import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import type { Keypoint, Pose } from '../keypoints.ts';
import { coco18Layout, fromLayout, neckPlace, toLayout } from './open-pose-layout.ts';
import { checkPeopleCount, isRecord, mostPeopleInFile, type PoseFormat, sideOf } from './pose-format.ts';
import { isPresent, readPoint } from './read-points.ts';
import { lostConfidences, lostHandsAndFaces } from './what-is-lost.ts';

/**
 * The legacy editor of fkunn1326 (openpose-editor): `{ width, height, keypoints: [[x, y], ...] }`, whole pixels, COCO-18's
 * eighteen a person, everyone's in one list, no confidence. It has no way to say that a point is absent: those are written
 * as 0, 0, and read so.
 */
export const legacyEditorJson: PoseFormat = {
  name: 'legacy-editor',

  detect: (value) =>
    isRecord(value) &&
    value.format === undefined &&
    value.people === undefined &&
    value.keypoint_scores === undefined &&
    sideOf(value.width) !== undefined &&
    sideOf(value.height) !== undefined &&
    Array.isArray(value.keypoints) &&
    (value.keypoints.length === 0 || Array.isArray(value.keypoints[0])),

  read(value) {
    const { width, height, keypoints } = value as { width: number; height: number; keypoints: unknown[] };
    const each = coco18Layout.length;
    if (keypoints.length % each !== 0) {
      throw new StablePoseError(
        'invalid-pose',
        `This editor writes ${each} points a person, got ${keypoints.length} in all.`,
      );
    }
    checkPeopleCount(keypoints.length / each);
    const notes = new Set<string>();
    const poses: Pose[] = [];
    for (let first = 0; first < keypoints.length; first += each) {
      const who = `Person ${first / each + 1}`;
      const body = keypoints
        .slice(first, first + each)
        .map((point, i) => readPair(point, `${who}: point ${i}`, notes));
      const pose = { keypoints: fromLayout(body, coco18Layout) };
      if (isPresent(body[neckPlace]) && !(isPresent(pose.keypoints[5]) && isPresent(pose.keypoints[6]))) {
        notes.add('A neck without both shoulders was left out: the skeleton has no neck.');
      }
      if (pose.keypoints.some(isPresent)) poses.push(pose);
      else notes.add(`${who} has none of the seventeen keypoints and was left out.`);
    }
    return {
      poses: checkPoses(poses, { maxPeople: mostPeopleInFile, allowNobody: true }),
      width,
      height,
      notes: [...notes],
    };
  },

  write: (poses, { width, height }) => ({
    width,
    height,
    keypoints: poses.flatMap(({ keypoints }) =>
      toLayout(keypoints, coco18Layout).map(([x, y]) => [Math.round(x), Math.round(y)]),
    ),
  }),

  lost(poses) {
    const body = poses.flatMap(({ keypoints }) => keypoints);
    const present = body.filter(isPresent);
    const atCorner = present.some(([x, y]) => Math.round(x) === 0 && Math.round(y) === 0);
    return [
      ...lostConfidences(present, [1], 'Confidences became 1: the format has none.'),
      ...(present.some(([x, y]) => !Number.isInteger(x) || !Number.isInteger(y))
        ? ['Places were rounded to whole pixels.']
        : []),
      ...(present.length < body.length || atCorner
        ? [
            'Absent points stand at 0, 0: the format cannot leave a point out, and the editor shows them there.',
          ]
        : []),
      ...lostHandsAndFaces(poses),
    ];
  },
};

function readPair(value: unknown, where: string, notes: Set<string>): Keypoint {
  if (!Array.isArray(value) || value.length < 2) {
    throw new StablePoseError('invalid-pose', `${where} must be a pair of numbers.`);
  }
  const point = readPoint(value[0], value[1], 1, where);
  if (point[0] !== 0 || point[1] !== 0) return point;
  notes.add('Points at 0, 0 were taken to be absent.');
  return [0, 0, 0];
}

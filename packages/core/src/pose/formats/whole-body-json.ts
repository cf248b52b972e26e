import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import type { Keypoint, Pose } from '../keypoints.ts';
import { poseBounds } from '../transform-poses.ts';
import { checkPeopleCount, isRecord, mostPeopleInFile, type PoseFormat } from './pose-format.ts';
import { isPresent, readPoint } from './read-points.ts';
import { lostPupils } from './what-is-lost.ts';
import {
  bodyCount,
  poseOfParts,
  wholeBodyCount,
  wholeBodyParts,
  wholeBodyPoints,
} from './whole-body-layout.ts';

/**
 * What MMPose and DWPose write: `{ instance_info: [{ frame_id, instances: [{ keypoints: [[x, y], ...], keypoint_scores: [...] }] }] }`
 * or the bare list of instances, 133 points (COCO-WholeBody) or 17 (COCO). The first frame is read. There is no picture size
 * in it.
 */
export const wholeBodyJson: PoseFormat = {
  name: 'wholebody-133',

  detect: (value) => {
    if (isRecord(value)) return Array.isArray(value.instance_info) || isInstance(value);
    return (
      Array.isArray(value) &&
      (isInstance(value[0]) || (isRecord(value[0]) && Array.isArray(value[0].instances)))
    );
  },

  read(value, options = {}) {
    const notes = new Set<string>();
    const instances = instancesOf(value, notes);
    checkPeopleCount(instances.length);
    const poses = instances.flatMap((instance, i): Pose[] => {
      const pose = poseOfParts(wholeBodyParts(pointsOf(instance, `Person ${i + 1}`)), notes);
      if (pose.keypoints.some(isPresent)) return [pose];
      notes.add(`Person ${i + 1} has none of the seventeen keypoints and was left out.`);
      return [];
    });
    return {
      poses: checkPoses(poses, { maxPeople: mostPeopleInFile, allowNobody: true }),
      ...(options.size ? { width: options.size.width, height: options.size.height } : {}),
      notes: [...notes],
    };
  },

  write: (poses) => ({
    instance_info: [
      {
        frame_id: 0,
        instances: poses.map((pose) => {
          const points = wholeBodyPoints(pose);
          const { left, top, right, bottom } = poseBounds(pose) ?? { left: 0, top: 0, right: 0, bottom: 0 };
          return {
            keypoints: points.map(([x, y]) => [x, y]),
            keypoint_scores: points.map(([, , confidence]) => confidence),
            bbox: [[left, top, right, bottom]],
            bbox_score: 1,
          };
        }),
      },
    ],
  }),

  lost: (poses) => ["The picture's size was left out: the format has no place for it.", ...lostPupils(poses)],
};

function isInstance(value: unknown): boolean {
  return isRecord(value) && Array.isArray(value.keypoints) && Array.isArray(value.keypoint_scores);
}

function instancesOf(value: unknown, notes: Set<string>): readonly unknown[] {
  let frames: unknown = value;
  if (isRecord(value)) {
    if (isInstance(value)) return [value];
    frames = value.instance_info;
  }
  if (!Array.isArray(frames)) throw new StablePoseError('invalid-pose', 'A list of people was expected.');
  if (frames.length === 0 || isInstance(frames[0])) return frames;
  if (frames.length > 1) notes.add(`Only the first of ${frames.length} frames was read.`);
  const [frame]: readonly unknown[] = frames;
  if (!isRecord(frame) || !Array.isArray(frame.instances)) {
    throw new StablePoseError('invalid-pose', 'A frame needs a list "instances".');
  }
  return frame.instances;
}

function pointsOf(value: unknown, who: string): Keypoint[] {
  if (!isRecord(value) || !Array.isArray(value.keypoints) || !Array.isArray(value.keypoint_scores)) {
    throw new StablePoseError('invalid-pose', `${who} needs "keypoints" and "keypoint_scores".`);
  }
  const { keypoints, keypoint_scores: scores } = value;
  if (![bodyCount, wholeBodyCount].includes(keypoints.length) || scores.length !== keypoints.length) {
    throw new StablePoseError(
      'invalid-pose',
      `${who} has ${keypoints.length} points and ${scores.length} scores, expected ${wholeBodyCount} or ${bodyCount} of each.`,
    );
  }
  return keypoints.map((point: unknown, i): Keypoint => {
    const where = `${who}: point ${i}`;
    if (!Array.isArray(point) || point.length < 2) {
      throw new StablePoseError('invalid-pose', `${where} must be a pair of numbers.`);
    }
    return readPoint(point[0], point[1], scores[i], where);
  });
}

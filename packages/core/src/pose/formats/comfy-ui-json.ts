import type { Keypoint, Pose } from '../keypoints.ts';
import { drawingThreshold } from '../skeleton.ts';
import type { Size } from '../transform-poses.ts';
import { isOpenPoseFrame, mapPoses, openPosePeople, readOpenPose } from './open-pose-json.ts';
import { coco18Layout } from './open-pose-layout.ts';
import type { PoseFormat } from './pose-format.ts';
import { lostConfidences, lostUnit, presentPoints } from './what-is-lost.ts';

/**
 * ComfyUI's POSE_KEYPOINT: a list of frames `{ people, canvas_width, canvas_height }` of OpenPose's kind, absent hands and
 * faces null. Its decoder drops every point whose confidence is not 1, so 1 is what is written. The first frame is read.
 */
export const comfyUiJson: PoseFormat = {
  name: 'comfyui',
  detect: (value) => Array.isArray(value) && isOpenPoseFrame(value[0]),
  read: readOpenPose,
  write: (poses, size) => [certainFrame(poses, size)],
  lost: lostInCertainFrame,
};

/** A frame in which every point is certain or absent, as editors have it: COCO-18, pixels. */
export function certainFrame(poses: readonly Pose[], size: Size): Record<string, unknown> {
  const people = openPosePeople(mapPoses(poses, certain), coco18Layout).map((person) =>
    Object.fromEntries(
      Object.entries(person).map(([part, points]) => [part, points.length > 0 ? points : null]),
    ),
  );
  return { people, canvas_width: size.width, canvas_height: size.height };
}

export function lostInCertainFrame(poses: readonly Pose[]): readonly string[] {
  const points = presentPoints(poses);
  return [
    ...lostConfidences(
      points,
      [1],
      `Confidences became 1, and points of ${drawingThreshold} or less were left out: the format knows certain points only.`,
    ),
    ...lostUnit(points),
  ];
}

function certain([x, y, confidence]: Keypoint): Keypoint {
  return confidence > drawingThreshold ? [x, y, 1] : [0, 0, 0];
}

import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import { faceKeypointCount, handKeypointCount, type Keypoint, type Pose } from '../keypoints.ts';
import type { Size } from '../transform-poses.ts';
import { body25Layout, coco18Layout, fromLayout, neckPlace, toLayout } from './open-pose-layout.ts';
import {
  checkPeopleCount,
  isRecord,
  mostPeopleInFile,
  type PoseFormat,
  type PoseReading,
  type PoseReadOptions,
  sideOf,
} from './pose-format.ts';
import { isPresent, readPoints } from './read-points.ts';
import { lostUnit, presentPoints } from './what-is-lost.ts';

/**
 * OpenPose's JSON: `{ people: [{ pose_keypoints_2d, face_keypoints_2d, hand_left_keypoints_2d, hand_right_keypoints_2d }] }`,
 * flat triples, a body of 25 (BODY_25), 18 (COCO-18) or, from some tools, 17 (COCO-17) points; sizes as `canvas_width` and
 * `canvas_height`, or `width` and `height`, or none. Source: OpenPose's doc/02_output.md.
 * `write` makes COCO-18 with pixel coordinates, which every tool reads.
 */
export const openPoseJson: PoseFormat = {
  name: 'openpose',
  detect: (value) => isOpenPoseFrame(value) && !isEditorFrame(value),
  read: readOpenPose,
  write: (poses, size) => writeOpenPose(poses, size, coco18Layout),
  lost: (poses) => lostUnit(presentPoints(poses)),
};

/** As {@link openPoseJson}, but `write` makes BODY_25. Reading is the same: the layout is told by the number of points. */
export const openPoseBody25Json: PoseFormat = {
  ...openPoseJson,
  name: 'openpose-body-25',
  write: (poses, size) => writeOpenPose(poses, size, body25Layout),
};

/** As {@link openPoseJson}, but `write` gives places as shares of the picture, from 0 to 1 (`keypoint_scale` 3). */
export const openPoseSharesJson: PoseFormat = {
  ...openPoseJson,
  name: 'openpose-shares',
  write: (poses, size) => writeOpenPose(inShares(poses, size), size, coco18Layout),
  lost: lostShares,
};

/** As {@link openPoseSharesJson}, but `write` makes BODY_25. */
export const openPoseBody25SharesJson: PoseFormat = {
  ...openPoseSharesJson,
  name: 'openpose-body-25-shares',
  write: (poses, size) => writeOpenPose(inShares(poses, size), size, body25Layout),
};

/** The parts of a person, and how many points each may have. */
const parts = {
  pose_keypoints_2d: [body25Layout.length, coco18Layout.length, 17],
  hand_left_keypoints_2d: [handKeypointCount],
  hand_right_keypoints_2d: [handKeypointCount],
  // COCO-WholeBody's face, which DWPose writes, has no pupils.
  face_keypoints_2d: [faceKeypointCount, faceKeypointCount - 2],
} as const satisfies Record<string, readonly number[]>;

type PartName = keyof typeof parts;
type RawPerson = Partial<Record<PartName, Keypoint[]>>;

/** A frame of OpenPose's kind: people (or, from ComfyUI, animals), and not our own file. */
export function isOpenPoseFrame(value: unknown): value is Record<string, unknown> {
  return (
    isRecord(value) &&
    (Array.isArray(value.people) || Array.isArray(value.animals)) &&
    value.format === undefined
  );
}

/** An editor's frame: it says its canvas, and has no version, which OpenPose itself always writes. */
export function isEditorFrame(frame: Record<string, unknown>): boolean {
  return frame.version === undefined && canvasOf(frame) !== undefined;
}

/**
 * Reads one frame, or the first of a list of them.
 * @throws invalid-pose
 */
export function readOpenPose(value: unknown, options: PoseReadOptions = {}): PoseReading {
  const notes = new Set<string>();
  let frame = value;
  if (Array.isArray(value)) {
    if (value.length > 1) notes.add(`Only the first of ${value.length} frames was read.`);
    frame = value[0];
  }
  if (!isRecord(frame) || !(Array.isArray(frame.people) || Array.isArray(frame.animals))) {
    throw new StablePoseError('invalid-pose', 'An OpenPose file needs a list "people".');
  }
  if (Array.isArray(frame.animals) && frame.animals.length > 0) notes.add('Animals were left out.');
  const people: readonly unknown[] = Array.isArray(frame.people) ? frame.people : [];
  checkPeopleCount(people.length);
  const raw = people.map((person, index) => readPerson(person, `Person ${index + 1}`, notes));
  const canvas = canvasOf(frame);
  const size = canvas ?? options.size;
  const toPixels = pixelMap(raw, canvas !== undefined, size, notes);
  const poses = raw.flatMap((person, index): Pose[] => {
    const moved = mapPerson(person, toPixels);
    const body = moved.pose_keypoints_2d;
    if (body === undefined || !body.some(isPresent)) {
      notes.add(`Person ${index + 1} has no body keypoints and was left out.`);
      return [];
    }
    const pose = poseOf(moved, body, notes);
    if (!pose.keypoints.some(isPresent)) {
      notes.add(`Person ${index + 1} has none of the seventeen keypoints and was left out.`);
      return [];
    }
    return [pose];
  });
  return {
    poses: checkPoses(poses, { maxPeople: mostPeopleInFile, allowNobody: true }),
    ...(size ? { width: size.width, height: size.height } : {}),
    notes: [...notes],
  };
}

function canvasOf(frame: Record<string, unknown>): Size | undefined {
  const width = sideOf(frame.canvas_width) ?? sideOf(frame.width);
  const height = sideOf(frame.canvas_height) ?? sideOf(frame.height);
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

function poseOf(person: RawPerson, body: readonly Keypoint[], notes: Set<string>): Pose {
  const hands = {
    ...(person.hand_left_keypoints_2d ? { left: person.hand_left_keypoints_2d } : {}),
    ...(person.hand_right_keypoints_2d ? { right: person.hand_right_keypoints_2d } : {}),
  };
  const face = person.face_keypoints_2d;
  if (body.length === body25Layout.length && body.slice(19).some(isPresent)) {
    notes.add('Feet were left out: the skeleton ends at the ankles.');
  }
  const layout = body.length === body25Layout.length ? body25Layout : coco18Layout;
  const keypoints = body.length === 17 ? body : fromLayout(body, layout);
  const bothShoulders = isPresent(keypoints[5]) && isPresent(keypoints[6]);
  if (body.length !== 17 && isPresent(body[neckPlace]) && !bothShoulders) {
    notes.add('A neck without both shoulders was left out: the skeleton has no neck.');
  }
  return {
    keypoints,
    ...(hands.left || hands.right ? { hands } : {}),
    ...(face ? { face: withPupils(face) } : {}),
  };
}

/** A face of 68 points with two absent pupils. */
export function withPupils(face: readonly Keypoint[]): readonly Keypoint[] {
  return face.length === faceKeypointCount ? face : [...face, [0, 0, 0], [0, 0, 0]];
}

function readPerson(value: unknown, who: string, notes: Set<string>): RawPerson {
  if (!isRecord(value)) throw new StablePoseError('invalid-pose', `${who} must be an object.`);
  const person: RawPerson = {};
  for (const name of Object.keys(parts) as PartName[]) {
    const points = readPoints(value[name], `${who}, ${name}`);
    if (points === undefined) continue;
    const counts: readonly number[] = parts[name];
    if (!counts.includes(points.length)) {
      throw new StablePoseError(
        'invalid-pose',
        `${who}: ${name} has ${points.length} points, expected ${counts.join(', ')}.`,
        { remedy: 'Write absent points as 0, 0, 0.' },
      );
    }
    if (name === 'pose_keypoints_2d' && points.length === 17) {
      notes.add('Bodies of 17 points were taken to be in the order of COCO.');
    }
    // A hand or face without any point is as good as none.
    if (name === 'pose_keypoints_2d' || points.some(isPresent)) person[name] = points;
  }
  return person;
}

/**
 * OpenPose's `keypoint_scale` is not in the file: pixels, 0 to 1, or -1 to 1. Numbers that all lie within 1 are taken to be
 * shares of the picture; where an editor's canvas is not given and some are negative, shares of half the picture from its
 * middle.
 */
function pixelMap(
  people: readonly RawPerson[],
  fromEditor: boolean,
  size: Size | undefined,
  notes: Set<string>,
): (point: Keypoint) => Keypoint {
  const points = people.flatMap((person) => Object.values(person).flat());
  const present = points.filter(isPresent);
  const within = present.every(([x, y]) => Math.abs(x) <= 1 && Math.abs(y) <= 1);
  if (present.length === 0 || !within) return (point) => point;
  if (size === undefined) {
    throw new StablePoseError(
      'invalid-pose',
      'The coordinates are shares of the picture (all within 1), and the file does not say how large that is.',
      { remedy: 'Say the width and height, or save the pose in pixels.' },
    );
  }
  const { width, height } = size;
  if (!fromEditor && present.some(([x, y]) => x < 0 || y < 0)) {
    notes.add('Coordinates were taken to go from -1 to 1 over the picture.');
    return ([x, y, c]) => (c > 0 ? [((x + 1) / 2) * width, ((y + 1) / 2) * height, c] : [0, 0, 0]);
  }
  notes.add('Coordinates were taken to go from 0 to 1 over the picture.');
  return ([x, y, c]) => (c > 0 ? [x * width, y * height, c] : [0, 0, 0]);
}

function mapPerson(person: RawPerson, map: (point: Keypoint) => Keypoint): RawPerson {
  const mapped: RawPerson = {};
  for (const name of Object.keys(person) as PartName[]) mapped[name] = person[name]?.map(map);
  return mapped;
}

/** Poses with every point passed through `map`, hands and faces included. */
export function mapPoses(poses: readonly Pose[], map: (point: Keypoint) => Keypoint): readonly Pose[] {
  return poses.map(({ keypoints, hands, face }) => ({
    keypoints: keypoints.map(map),
    ...(hands
      ? {
          hands: {
            ...(hands.left ? { left: hands.left.map(map) } : {}),
            ...(hands.right ? { right: hands.right.map(map) } : {}),
          },
        }
      : {}),
    ...(face ? { face: face.map(map) } : {}),
  }));
}

/** Whether a place lies in the picture, its border included. */
function inside([x, y]: Keypoint, { width, height }: Size): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height;
}

function inShares(poses: readonly Pose[], size: Size): readonly Pose[] {
  return mapPoses(poses, (point) =>
    isPresent(point) && inside(point, size)
      ? [point[0] / size.width, point[1] / size.height, point[2]]
      : [0, 0, 0],
  );
}

function lostShares(poses: readonly Pose[], size: Size): readonly string[] {
  return presentPoints(poses).some((point) => !inside(point, size))
    ? ['Places outside the picture were left out: shares above 1 would be read as pixels.']
    : [];
}

/** The parts of each person as flat triples in the stated layout, in whatever unit the poses have. */
export function openPosePeople(
  poses: readonly Pose[],
  layout: readonly number[],
): Record<PartName, number[]>[] {
  const flat = (points: readonly Keypoint[] | undefined) => points?.flat() ?? [];
  return poses.map((pose) => ({
    pose_keypoints_2d: flat(toLayout(pose.keypoints, layout)),
    face_keypoints_2d: flat(pose.face),
    hand_left_keypoints_2d: flat(pose.hands?.left),
    hand_right_keypoints_2d: flat(pose.hands?.right),
  }));
}

function writeOpenPose(poses: readonly Pose[], size: Size, layout: readonly number[]): unknown {
  return {
    version: 1.3,
    canvas_width: size.width,
    canvas_height: size.height,
    people: openPosePeople(poses, layout).map((person) => ({ person_id: [-1], ...person })),
  };
}

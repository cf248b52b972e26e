import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import { faceKeypointCount, handKeypointCount, type Keypoint, type Pose } from '../keypoints.ts';
import type { Size } from '../transform-poses.ts';
import { body25Layout, coco18Layout, fromLayout, toLayout } from './open-pose-layout.ts';
import {
  checkPeopleCount,
  isRecord,
  mostPeopleInFile,
  type PoseFormat,
  type PoseReading,
  type PoseReadOptions,
  sideOf,
} from './pose-format.ts';

/**
 * OpenPose's JSON and its relatives (ComfyUI's POSE_KEYPOINT, the web UI's editor):
 * `{ people: [{ pose_keypoints_2d, face_keypoints_2d, hand_left_keypoints_2d, hand_right_keypoints_2d }] }`, flat triples,
 * a body of 25 (BODY_25), 18 (COCO-18) or, from some tools, 17 (COCO-17) points; sizes as `canvas_width` and
 * `canvas_height`, or `width` and `height`, or none; also a list of such frames. Source: OpenPose's doc/02_output.md.
 * `write` makes COCO-18 with pixel coordinates, which every tool reads.
 */
export const openPoseJson: PoseFormat = {
  name: 'openpose',

  detect(value) {
    const frame = Array.isArray(value) ? value[0] : value;
    return (
      isRecord(frame) &&
      (Array.isArray(frame.people) || Array.isArray(frame.animals)) &&
      frame.format === undefined
    );
  },

  read: readOpenPose,

  write: (poses, size) => writeOpenPose(poses, size, coco18Layout),
};

/** As {@link openPoseJson}, but `write` makes BODY_25. Reading is the same: the layout is told by the number of points. */
export const openPoseBody25Json: PoseFormat = {
  ...openPoseJson,
  name: 'openpose-body-25',
  write: (poses, size) => writeOpenPose(poses, size, body25Layout),
};

/** The parts of a person, and how many points each may have. */
const parts = {
  pose_keypoints_2d: [body25Layout.length, coco18Layout.length, 17],
  hand_left_keypoints_2d: [handKeypointCount],
  hand_right_keypoints_2d: [handKeypointCount],
  face_keypoints_2d: [faceKeypointCount],
} as const satisfies Record<string, readonly number[]>;

type PartName = keyof typeof parts;
type RawPerson = Partial<Record<PartName, Keypoint[]>>;

function readOpenPose(value: unknown, options: PoseReadOptions = {}): PoseReading {
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
    if (body === undefined || !body.some(([, , confidence]) => confidence > 0)) {
      notes.add(`Person ${index + 1} has no body keypoints and was left out.`);
      return [];
    }
    return [poseOf(moved, body, notes)];
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
  if (body.length === body25Layout.length && body.slice(19).some(([, , confidence]) => confidence > 0)) {
    notes.add('Feet were left out: the skeleton ends at the ankles.');
  }
  return {
    keypoints: body.length === 17 ? body : fromLayout(body, body.length === 25 ? body25Layout : coco18Layout),
    ...(hands.left || hands.right ? { hands } : {}),
    ...(person.face_keypoints_2d ? { face: person.face_keypoints_2d } : {}),
  };
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
    if (name === 'pose_keypoints_2d' || points.some(([, , confidence]) => confidence > 0))
      person[name] = points;
  }
  return person;
}

/** Flat triples, or a list of [x, y, c] or null; null, missing and empty are none. */
function readPoints(value: unknown, where: string): Keypoint[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new StablePoseError('invalid-pose', `${where} must be a list of numbers.`);
  if (value.length === 0) return undefined;
  const nested = value.some((entry) => Array.isArray(entry));
  if (!nested && value.length % 3 !== 0) {
    throw new StablePoseError(
      'invalid-pose',
      `${where} must be triples of x, y and confidence, got ${value.length} numbers.`,
    );
  }
  const count = nested ? value.length : value.length / 3;
  if (count > faceKeypointCount) {
    throw new StablePoseError('invalid-pose', `${where} has ${count} points, more than any part has.`);
  }
  return Array.from({ length: count }, (_, i): Keypoint => {
    const triple: unknown = nested ? (value[i] ?? [0, 0, 0]) : value.slice(3 * i, 3 * i + 3);
    if (!Array.isArray(triple) || triple.length < 2) {
      throw new StablePoseError('invalid-pose', `${where}: point ${i} must be x, y and confidence.`);
    }
    return readPoint(triple[0], triple[1], triple.length > 2 ? triple[2] : 1, `${where}: point ${i}`);
  });
}

function readPoint(x: unknown, y: unknown, confidence: unknown, where: string): Keypoint {
  if (x === null || y === null || confidence === null) return [0, 0, 0];
  const finite = [x, y, confidence].every((part) => typeof part === 'number' && Number.isFinite(part));
  if (!finite) throw new StablePoseError('invalid-pose', `${where} must be three finite numbers.`);
  // Detectors' scores stray a little over 1; visibilities are 0, 1 or 2 (there, hidden, seen).
  const score = Math.min(1, confidence as number);
  return score > 0 ? [x as number, y as number, score] : [0, 0, 0];
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
  const present = points.filter(([, , confidence]) => confidence > 0);
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

function writeOpenPose(poses: readonly Pose[], size: Size, layout: readonly number[]): unknown {
  const flat = (points: readonly Keypoint[] | undefined) => points?.flat() ?? [];
  return {
    version: 1.3,
    canvas_width: size.width,
    canvas_height: size.height,
    people: poses.map((pose) => ({
      person_id: [-1],
      pose_keypoints_2d: flat(toLayout(pose.keypoints, layout)),
      face_keypoints_2d: flat(pose.face),
      hand_left_keypoints_2d: flat(pose.hands?.left),
      hand_right_keypoints_2d: flat(pose.hands?.right),
    })),
  };
}

import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import { handKeypointCount, type Keypoint, keypointNames, type Pose } from '../keypoints.ts';
import { poseBounds, type Size } from '../transform-poses.ts';
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
import { lostConfidences, lostHandsAndFaces, lostPupils, presentPoints } from './what-is-lost.ts';
import {
  bodyCount,
  footCount,
  poseOfParts,
  type WholeBodyParts,
  wholeBodyCount,
  wholeBodyFaceCount,
  wholeBodyParts,
  wholeBodyPoints,
} from './whole-body-layout.ts';

/**
 * COCO's keypoint annotations: `{ images, annotations: [{ image_id, keypoints: [51 numbers], ... }], categories }`, the third
 * number a visibility: 0 absent, 1 hidden (read as confidence 0.5), 2 seen. COCO-WholeBody's parts are read where they are.
 * Of several pictures the first with people is read. Source: COCO's data format.
 */
export const cocoJson: PoseFormat = {
  name: 'coco',

  detect: (value) =>
    isRecord(value) &&
    value.format === undefined &&
    Array.isArray(value.annotations) &&
    value.people === undefined,

  read: readAnnotations,

  write: (poses, size) =>
    annotationFile(poses, size, (pose) => ({ keypoints: visibilities(pose.keypoints) })),

  lost: (poses) => [
    ...lostVisibilities(poses.flatMap(({ keypoints }) => keypoints)),
    ...lostHandsAndFaces(poses),
  ],
};

/** As {@link cocoJson}, but `write` adds COCO-WholeBody's feet (absent), face and hands: 133 points in all. */
export const cocoWholeBodyJson: PoseFormat = {
  ...cocoJson,
  name: 'coco-wholebody',

  write: (poses, size) =>
    annotationFile(poses, size, (pose) => {
      const parts = wholeBodyParts(wholeBodyPoints(pose));
      return {
        keypoints: visibilities(parts.body),
        foot_kpts: visibilities(parts.feet ?? []),
        foot_valid: false,
        face_kpts: visibilities(parts.face ?? []),
        face_valid: parts.face?.some(isPresent) ?? false,
        lefthand_kpts: visibilities(parts.leftHand ?? []),
        lefthand_valid: parts.leftHand?.some(isPresent) ?? false,
        righthand_kpts: visibilities(parts.rightHand ?? []),
        righthand_valid: parts.rightHand?.some(isPresent) ?? false,
      };
    }),

  lost: (poses) => [...lostVisibilities(presentPoints(poses)), ...lostPupils(poses)],
};

/**
 * COCO's keypoint results: a list of `{ image_id, category_id, keypoints: [51 numbers], score }`, the third number a score.
 * There is no picture size in them.
 */
export const cocoResultsJson: PoseFormat = {
  name: 'coco-results',

  detect: (value) =>
    Array.isArray(value) &&
    isRecord(value[0]) &&
    Array.isArray(value[0].keypoints) &&
    value[0].keypoint_scores === undefined &&
    (value[0].image_id !== undefined || value[0].category_id !== undefined),

  read(value, options = {}) {
    return readEntries(value as readonly unknown[], 'score', new Set(), options.size);
  },

  write: (poses) =>
    poses.map(({ keypoints }) => ({
      image_id: 1,
      category_id: 1,
      keypoints: keypoints.flat(),
      score: meanConfidence(keypoints),
    })),

  lost: (poses) => [
    "The picture's size was left out: the format has no place for it.",
    ...(poses.length === 0 ? ['An empty list says nothing, not even that it is COCO.'] : []),
    ...lostHandsAndFaces(poses),
  ],
};

/** COCO's own joints, by number from 1, for tools that draw from the file. Source: COCO's person category. */
const cocoSkeleton = [
  ...[
    [16, 14],
    [14, 12],
    [17, 15],
    [15, 13],
    [12, 13],
    [6, 12],
    [7, 13],
    [6, 7],
    [6, 8],
    [7, 9],
  ],
  ...[
    [8, 10],
    [9, 11],
    [2, 3],
    [1, 2],
    [1, 3],
    [2, 4],
    [3, 5],
    [4, 6],
    [5, 7],
  ],
];

/** What visibility 1 (labelled, but hidden) says about a place. */
const hiddenConfidence = 0.5;

function readAnnotations(value: unknown, options: PoseReadOptions = {}): PoseReading {
  if (!isRecord(value) || !Array.isArray(value.annotations)) {
    throw new StablePoseError('invalid-pose', 'A COCO file needs a list "annotations".');
  }
  const notes = new Set<string>();
  const images: readonly unknown[] = Array.isArray(value.images) ? value.images : [];
  const posed = value.annotations.filter((entry) => isRecord(entry) && Array.isArray(entry.keypoints));
  if (posed.length < value.annotations.length) notes.add('Annotations without keypoints were left out.');
  const image = images.filter(isRecord).find(({ id }) => posed.some((entry) => entry.image_id === id));
  const width = sideOf(image?.width);
  const height = sideOf(image?.height);
  const size = width !== undefined && height !== undefined ? { width, height } : sizeOfFirst(images);
  return readEntries(posed, 'visibility', notes, size ?? options.size, image?.id);
}

/** A file without people still says how large its picture is. */
function sizeOfFirst(images: readonly unknown[]): Size | undefined {
  const [first] = images;
  if (!isRecord(first)) return undefined;
  const width = sideOf(first.width);
  const height = sideOf(first.height);
  return width !== undefined && height !== undefined ? { width, height } : undefined;
}

/** The entries of one picture: `imageId`, else the first entry's. */
function readEntries(
  entries: readonly unknown[],
  third: 'visibility' | 'score',
  notes: Set<string>,
  size: Size | undefined,
  imageId?: unknown,
): PoseReading {
  const records = entries.map((entry, i) => {
    if (!isRecord(entry)) throw new StablePoseError('invalid-pose', `Entry ${i + 1} must be an object.`);
    return entry;
  });
  const chosen = imageId ?? records[0]?.image_id;
  const ofImage = records.filter((entry) => entry.image_id === chosen);
  if (ofImage.length < records.length) {
    const pictures = new Set(records.map((entry) => entry.image_id)).size;
    notes.add(`Only the first of ${pictures} pictures with people was read.`);
  }
  checkPeopleCount(ofImage.length);
  const poses = ofImage.flatMap((entry, i): Pose[] => {
    const pose = poseOfParts(partsOf(entry, third, `Person ${i + 1}`), notes);
    if (pose.keypoints.some(isPresent)) return [pose];
    notes.add(`Person ${i + 1} has none of the seventeen keypoints and was left out.`);
    return [];
  });
  return {
    poses: checkPoses(poses, { maxPeople: mostPeopleInFile, allowNobody: true }),
    ...(size ? { width: size.width, height: size.height } : {}),
    notes: [...notes],
  };
}

function partsOf(entry: Record<string, unknown>, third: 'visibility' | 'score', who: string): WholeBodyParts {
  const read = (name: string, counts: readonly number[]) => {
    const points = readPoints(
      third === 'visibility' ? withConfidences(entry[name]) : entry[name],
      `${who}, ${name}`,
      wholeBodyCount,
    );
    if (points !== undefined && !counts.includes(points.length)) {
      throw new StablePoseError(
        'invalid-pose',
        `${who}: ${name} has ${points.length} points, expected ${counts.join(' or ')}.`,
      );
    }
    return points;
  };
  const body = read('keypoints', [bodyCount, wholeBodyCount]);
  if (body === undefined) throw new StablePoseError('invalid-pose', `${who} has no keypoints.`);
  if (body.length === wholeBodyCount) return wholeBodyParts(body);
  return {
    body,
    feet: read('foot_kpts', [footCount]),
    face: read('face_kpts', [wholeBodyFaceCount]),
    leftHand: read('lefthand_kpts', [handKeypointCount]),
    rightHand: read('righthand_kpts', [handKeypointCount]),
  };
}

/** Flat triples with visibility 1 as a confidence; everything else as it is. */
function withConfidences(value: unknown): unknown {
  if (!Array.isArray(value) || value.some((part) => Array.isArray(part))) return value;
  return value.map((part, i) => (i % 3 === 2 && part === 1 ? hiddenConfidence : part));
}

function visibilities(points: readonly Keypoint[]): number[] {
  return points.flatMap(([x, y, confidence]) => {
    if (!(confidence > 0)) return [0, 0, 0];
    return [x, y, confidence > hiddenConfidence ? 2 : 1];
  });
}

function lostVisibilities(points: readonly Keypoint[]): string[] {
  return lostConfidences(
    points,
    [hiddenConfidence, 1],
    `Confidences became visibilities: seen above ${hiddenConfidence}, else hidden.`,
  );
}

function meanConfidence(keypoints: readonly Keypoint[]): number {
  const present = keypoints.filter(isPresent);
  return present.reduce((sum, [, , confidence]) => sum + confidence, 0) / Math.max(1, present.length);
}

function annotationFile(
  poses: readonly Pose[],
  { width, height }: Size,
  points: (pose: Pose) => Record<string, unknown>,
): unknown {
  return {
    images: [{ id: 1, width, height, file_name: '' }],
    annotations: poses.map((pose, i) => {
      const { left, top, right, bottom } = poseBounds(pose) ?? { left: 0, top: 0, right: 0, bottom: 0 };
      return {
        id: i + 1,
        image_id: 1,
        category_id: 1,
        iscrowd: 0,
        bbox: [left, top, right - left, bottom - top],
        area: (right - left) * (bottom - top),
        num_keypoints: pose.keypoints.filter(isPresent).length,
        ...points(pose),
      };
    }),
    categories: [
      { id: 1, name: 'person', supercategory: 'person', keypoints: keypointNames, skeleton: cocoSkeleton },
    ],
  };
}

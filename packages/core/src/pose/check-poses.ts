import { StablePoseError } from '../errors.ts';
import {
  faceKeypointCount,
  handKeypointCount,
  type Keypoint,
  keypointCount,
  keypointNames,
  type Pose,
} from './keypoints.ts';
import { maxPeople } from './skeleton.ts';

/** What `checkPoses` lets through. */
export interface PoseCheckOptions {
  /** 10 unless told. */
  readonly maxPeople?: number;
  /** Whether no people at all is right (a picture from words alone). False unless told. */
  readonly allowNobody?: boolean;
}

/** No keypoint lies farther than this from the picture's corner, in pixels: beyond it arithmetic on places loses pixels. */
export const farthestCoordinate = 1_000_000;

/**
 * Checks poses from outside, and gives them back typed: absent keypoints (confidence 0) as 0, 0, 0.
 *
 * @throws invalid-pose, naming the person and the keypoint, for: another number of keypoints, hand or face points than 17,
 * 21 and 70; NaN or infinite numbers; a confidence outside 0 to 1; a place beyond a million pixels; a person without any
 * keypoint; nobody, unless allowed; more people than Stable-Pose was trained to see
 */
export function checkPoses(value: unknown, options: PoseCheckOptions = {}): readonly Pose[] {
  const most = options.maxPeople ?? maxPeople;
  if (!Array.isArray(value)) throw wrong(`Poses are a list, one entry a person, got ${say(value)}.`);
  if (value.length === 0 && !options.allowNobody) {
    throw wrong('There is nobody in the pose.', 'Give at least one person.');
  }
  if (value.length > most) {
    throw wrong(
      `At most ${most} people can be posed, got ${value.length}.`,
      'Leave out those who matter least, or make the picture in parts.',
      { people: value.length, maxPeople: most },
    );
  }
  return value.map((pose, index) => checkPose(pose, `Person ${index + 1}`));
}

function checkPose(value: unknown, who: string): Pose {
  if (typeof value !== 'object' || value === null) {
    throw wrong(`${who} must be an object with keypoints, got ${say(value)}.`);
  }
  const { keypoints, hands, face } = value as { keypoints?: unknown; hands?: unknown; face?: unknown };
  const checked = checkKeypoints(keypoints, keypointCount, who, (i) => keypointNames[i]);
  if (!checked.some(([, , confidence]) => confidence > 0)) {
    throw wrong(
      `${who} has no keypoint at all: every confidence is 0.`,
      'Leave the person out, or say where some keypoints are (confidence above 0).',
    );
  }
  const pose: { keypoints: readonly Keypoint[]; hands?: Pose['hands']; face?: readonly Keypoint[] } = {
    keypoints: checked,
  };
  if (hands !== undefined && hands !== null) {
    if (typeof hands !== 'object') throw wrong(`${who}: hands must be an object, got ${say(hands)}.`);
    const { left, right } = hands as { left?: unknown; right?: unknown };
    pose.hands = {
      ...(left != null ? { left: checkKeypoints(left, handKeypointCount, `${who}, left hand`) } : {}),
      ...(right != null ? { right: checkKeypoints(right, handKeypointCount, `${who}, right hand`) } : {}),
    };
  }
  if (face !== undefined && face !== null) {
    pose.face = checkKeypoints(face, faceKeypointCount, `${who}, face`);
  }
  return pose;
}

function checkKeypoints(
  value: unknown,
  count: number,
  who: string,
  nameOf: (index: number) => string = (i) => String(i),
): readonly Keypoint[] {
  if (!Array.isArray(value) || value.length !== count) {
    const got = Array.isArray(value) ? `${value.length}` : say(value);
    throw wrong(
      `${who} needs ${count} keypoints of [x, y, confidence], got ${got}.`,
      'Write absent ones as [0, 0, 0].',
      { expected: count },
    );
  }
  return value.map((point, i) => checkKeypoint(point, `${who}, ${nameOf(i)}`));
}

function checkKeypoint(value: unknown, where: string): Keypoint {
  if (!Array.isArray(value) || value.length !== 3 || value.some((part) => typeof part !== 'number')) {
    throw wrong(`${where}: a keypoint is three numbers [x, y, confidence], got ${say(value)}.`);
  }
  const [x, y, confidence] = value as [number, number, number];
  if (!Number.isFinite(x) || !Number.isFinite(y) || !Number.isFinite(confidence)) {
    throw wrong(
      `${where}: a keypoint's numbers must be finite, got [${value.join(', ')}].`,
      'Write an absent keypoint as [0, 0, 0].',
    );
  }
  if (confidence < 0 || confidence > 1) {
    throw wrong(`${where}: confidence must be from 0 (absent) to 1, got ${confidence}.`);
  }
  if (confidence === 0) return [0, 0, 0];
  if (Math.abs(x) > farthestCoordinate || Math.abs(y) > farthestCoordinate) {
    throw wrong(
      `${where}: a place must be within ${farthestCoordinate} pixels, got [${x}, ${y}].`,
      'Check the unit: places are pixels of the picture.',
    );
  }
  return [x, y, confidence];
}

function wrong(message: string, remedy?: string, details?: Record<string, unknown>): StablePoseError {
  return new StablePoseError('invalid-pose', message, { remedy, details });
}

/** A value in a message: short, whatever it is. */
function say(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return `"${value.length > 40 ? `${value.slice(0, 40)}...` : value}"`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

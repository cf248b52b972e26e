import { StablePoseError } from '../../errors.ts';
import { checkPoses } from '../check-poses.ts';
import { absentKeypoint, type Keypoint, keypointNames, type Pose } from '../keypoints.ts';
import {
  checkPeopleCount,
  isRecord,
  mostPeopleInFile,
  type PoseFormat,
  type PoseReading,
  sideOf,
} from './pose-format.ts';

/** The version that is written, and the only one that is read. */
const version = 1;

/**
 * Our own: `{ format: 'stable-pose', version: 1, width, height, people: [{ keypoints, hands?, face? }] }` in pixels.
 * `keypoints` is a list of seventeen [x, y, confidence] in COCO's order, or an object from name to [x, y] or
 * [x, y, confidence] where absent ones are left out. `hands` is { left?, right? } of 21 points, `face` 70.
 */
export const stablePoseJson: PoseFormat = {
  name: 'stable-pose',

  detect(value) {
    return isRecord(value) && value.format === 'stable-pose';
  },

  read(value): PoseReading {
    if (!isRecord(value) || !Array.isArray(value.people)) {
      throw new StablePoseError('invalid-pose', 'A stable-pose file needs a list "people".');
    }
    if (value.version !== version) {
      throw new StablePoseError(
        'invalid-pose',
        `A stable-pose file of version ${version} was expected, got version ${JSON.stringify(value.version) ?? 'none'}.`,
        { remedy: 'It may come from a newer release: update, or save it again from there.' },
      );
    }
    const width = sideOf(value.width);
    const height = sideOf(value.height);
    if (width === undefined || height === undefined) {
      throw new StablePoseError('invalid-pose', 'A stable-pose file needs "width" and "height" in pixels.');
    }
    checkPeopleCount(value.people.length);
    const people = value.people.map((person: unknown) =>
      isRecord(person) && isRecord(person.keypoints)
        ? { ...person, keypoints: namedKeypoints(person.keypoints) }
        : person,
    );
    const poses = checkPoses(people, { maxPeople: mostPeopleInFile, allowNobody: true });
    return { poses, width, height, notes: [] };
  },

  write(poses, size) {
    return {
      format: 'stable-pose',
      version,
      width: size.width,
      height: size.height,
      people: poses.map((pose: Pose) => ({
        keypoints: pose.keypoints,
        ...(pose.hands ? { hands: pose.hands } : {}),
        ...(pose.face ? { face: pose.face } : {}),
      })),
    };
  },

  lost: () => [],
};

function namedKeypoints(named: Record<string, unknown>): unknown[] {
  const unknownName = Object.keys(named).find((name) => !(keypointNames as readonly string[]).includes(name));
  if (unknownName !== undefined) {
    throw new StablePoseError('invalid-pose', `There is no keypoint "${unknownName.slice(0, 40)}".`, {
      remedy: `The names are ${keypointNames.join(', ')}.`,
    });
  }
  return keypointNames.map((name): unknown => {
    if (!Object.hasOwn(named, name)) return absentKeypoint;
    const point = named[name];
    return Array.isArray(point) && point.length === 2 ? ([...point, 1] as unknown as Keypoint) : point;
  });
}

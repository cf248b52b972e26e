import type { Keypoint } from '@stable-pose/core';
import fc from 'fast-check';
import { type Person, personOfPose } from '../../../packages/studio/src/editor/index.ts';

/** A person standing in a picture of 512 pixels, arms a little out. */
// biome-ignore format: a table of places
export const standingKeypoints: readonly Keypoint[] = [
  [256, 80, 1], [264, 72, 1], [248, 72, 1], [274, 78, 1], [238, 78, 1],
  [296, 130, 1], [216, 130, 1], [320, 200, 1], [192, 200, 1], [330, 265, 1], [182, 265, 1],
  [280, 270, 1], [232, 270, 1], [284, 360, 1], [228, 360, 1], [286, 450, 1], [226, 450, 1],
];

export const standingPerson = (id = 'a'): Person => personOfPose({ keypoints: standingKeypoints }, id);

const coordinate = fc.double({ min: 0, max: 512, noNaN: true });

/** Seventeen places anywhere, some of them locked. */
export const anyPerson = (locks: fc.Arbitrary<boolean> = fc.constant(false)): fc.Arbitrary<Person> =>
  fc.array(fc.tuple(coordinate, coordinate, locks), { minLength: 17, maxLength: 17 }).map((points) => {
    const person = personOfPose({ keypoints: points.map(([x, y]): Keypoint => [x, y, 1]) }, 'a');
    return {
      ...person,
      keypoints: person.keypoints.map((keypoint, i) => ({ ...keypoint, isLocked: points[i][2] })),
    };
  });

export const anyPlace = fc.record({
  x: fc.double({ min: -600, max: 1200, noNaN: true }),
  y: fc.double({ min: -600, max: 1200, noNaN: true }),
});

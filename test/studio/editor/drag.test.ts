import { limbs } from '@stable-pose/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  distance,
  dragKeypoint,
  keptDistances,
  type Person,
  turnLimb,
} from '../../../packages/studio/src/editor/index.ts';
import { anyPerson, anyPlace, standingPerson } from './people.ts';

const anyIndex = fc.integer({ min: 0, max: 16 });

/** Rounding of a few sines at places of some hundred pixels. */
const slack = 1e-3;

function expectLengthsKept(before: Person, after: Person): void {
  for (const [a, b] of keptDistances) {
    const was = distance(before.keypoints[a], before.keypoints[b]);
    expect(Math.abs(distance(after.keypoints[a], after.keypoints[b]) - was), `${a}-${b}`).toBeLessThan(slack);
  }
}

describe('dragging a joint', () => {
  it('keeps every limb as long as it was, whatever is dragged where', () => {
    fc.assert(
      fc.property(anyPerson(), anyIndex, anyPlace, (person, index, target) => {
        expectLengthsKept(person, dragKeypoint(person, index, target));
      }),
    );
  });

  it('never moves a locked joint, nor stretches a limb to spare one', () => {
    fc.assert(
      fc.property(anyPerson(fc.boolean()), anyIndex, anyPlace, (person, index, target) => {
        const after = dragKeypoint(person, index, target);
        expectLengthsKept(person, after);
        person.keypoints.forEach((keypoint, i) => {
          if (keypoint.isLocked) expect(after.keypoints[i]).toBe(keypoint);
        });
      }),
    );
  });

  it('brings a hand to a place within reach', () => {
    const person = standingPerson();
    const after = dragKeypoint(person, 9, { x: 350, y: 120 });
    expect(after.keypoints[9].x).toBeCloseTo(350, 6);
    expect(after.keypoints[9].y).toBeCloseTo(120, 6);
    expect(after.keypoints[5]).toEqual(person.keypoints[5]);
  });

  it('stretches the arm towards a place that is too far', () => {
    const person = standingPerson();
    const after = dragKeypoint(person, 9, { x: 1000, y: 130 });
    expect(after.keypoints[9].y).toBeCloseTo(130, 6);
    expect(after.keypoints[7].y).toBeCloseTo(130, 6);
  });

  it('leaves the feet where they are when the body goes down', () => {
    const person = standingPerson();
    const after = dragKeypoint(person, 11, { x: 280, y: 300 });
    expect(after.keypoints[11].y).toBeCloseTo(300, 6);
    for (const foot of [15, 16]) {
      expect(after.keypoints[foot].x).toBeCloseTo(person.keypoints[foot].x, 6);
      expect(after.keypoints[foot].y).toBeCloseTo(person.keypoints[foot].y, 6);
    }
    expect(after.keypoints[0].y).toBeCloseTo(person.keypoints[0].y + 30, 6);
  });

  it('stretches limbs when told to, and moves nothing else', () => {
    const person = standingPerson();
    const after = dragKeypoint(person, 9, { x: 1000, y: 130 }, { stretches: true });
    expect(after.keypoints[9]).toMatchObject({ x: 1000, y: 130 });
    for (let i = 0; i < 17; i++) if (i !== 9) expect(after.keypoints[i]).toBe(person.keypoints[i]);
  });

  it('takes the hand along with the wrist', () => {
    const hand = Array.from({ length: 21 }, (_, i) => [330 + i, 265 + i, 1] as const);
    const person = { ...standingPerson(), hands: { left: hand } };
    const after = dragKeypoint(person, 9, { x: 350, y: 120 });
    const wrist = after.keypoints[9];
    const [x, y] = after.hands!.left![0];
    expect(x).toBeCloseTo(wrist.x, 6);
    expect(y).toBeCloseTo(wrist.y, 6);
  });
});

describe('turning a limb', () => {
  it('keeps every limb as long as it was', () => {
    const limb = fc.constantFrom(...limbs);
    const angle = fc.double({ min: -7, max: 7, noNaN: true });
    fc.assert(
      fc.property(anyPerson(fc.boolean()), limb, angle, (person, { from, to }, radians) => {
        expectLengthsKept(person, turnLimb(person, from, to, radians));
      }),
    );
  });

  it('turns a forearm about the elbow and leaves the rest', () => {
    const person = standingPerson();
    const after = turnLimb(person, 7, 9, Math.PI / 2);
    for (let i = 0; i < 17; i++) if (i !== 9) expect(after.keypoints[i]).toEqual(person.keypoints[i]);
    expect(after.keypoints[9].x).toBeCloseTo(320 - 65, 6);
    expect(after.keypoints[9].y).toBeCloseTo(200 + 10, 6);
  });
});

import { describe, expect, it } from 'vitest';
import {
  changePart,
  dragPartPoint,
  faceOfShape,
  faceShapes,
  handBones,
  handOfShape,
  handShapes,
  keepParts,
  movePerson,
  partOf,
  personOfPose,
  withPart,
} from '../../../packages/studio/src/editor/index.ts';
import { configurations } from '../../../packages/studio/src/library/configurations.ts';
import { poseMannequin } from '../../../packages/studio/src/library/mannequin.ts';
import { poseFromView } from '../../../packages/studio/src/library/see-mannequin.ts';

const standing = personOfPose(
  poseFromView(poseMannequin(configurations[0]), { around: 0 }, { width: 512, height: 512 }),
  'one',
);
const length = (a: readonly number[], b: readonly number[]) => Math.hypot(a[0] - b[0], a[1] - b[1]);
const lengths = (points: readonly (readonly number[])[]) =>
  handBones.map(([from, to]) => length(points[from], points[to]));

describe('hands', () => {
  it.each(handShapes)(
    'of the shape %s begin at the wrist and go on from the forearm, left and right',
    (shape) => {
      for (const [side, elbow, wrist] of [
        ['left', 7, 9],
        ['right', 8, 10],
      ] as const) {
        const points = handOfShape(standing, side, shape);
        expect(points).toHaveLength(21);
        const at = standing.keypoints[wrist];
        expect(points[0]).toEqual([at.x, at.y, 1]);
        const from = standing.keypoints[elbow];
        const forearm = Math.hypot(at.x - from.x, at.y - from.y);
        const along = ([x, y]: readonly number[]) =>
          ((x - at.x) * (at.x - from.x) + (y - at.y) * (at.y - from.y)) / forearm ** 2;
        // Knuckles lie on from the wrist, a third of a forearm away.
        expect(along(points[9])).toBeGreaterThan(0.25);
        expect(along(points[9])).toBeLessThan(0.45);
        expect(points.every(([x, y, c]) => Number.isFinite(x + y) && c === 1)).toBe(true);
      }
    },
  );

  it('differ by shape: who points has one finger out, who makes a fist none', () => {
    const reach = (shape: (typeof handShapes)[number], tip: number) => {
      const points = handOfShape(standing, 'left', shape);
      return length(points[tip], points[0]) / length(points[9], points[0]);
    };
    for (const tip of [8, 12, 16, 20]) {
      expect(reach('open', tip)).toBeGreaterThan(1.5);
      expect(reach('fist', tip)).toBeLessThan(1.3);
    }
    expect(reach('pointing', 8)).toBeGreaterThan(1.7);
    expect(reach('pointing', 12)).toBeLessThan(1.3);
    expect(reach('victory', 12)).toBeGreaterThan(1.7);
  });

  it('keep their bones when a finger is dragged, and the rest of the finger comes along', () => {
    const person = withPart(standing, 'left', handOfShape(standing, 'left', 'open'));
    const before = partOf(person, 'left')!;
    const [x, y] = before[6];
    const after = partOf(dragPartPoint(person, 'left', 6, { x: x + 30, y: y - 9 }), 'left')!;
    for (const [i, bone] of lengths(after).entries()) expect(bone).toBeCloseTo(lengths(before)[i], 6);
    expect(after[8]).not.toEqual(before[8]);
    expect(after[12]).toEqual(before[12]);
    const stretched = partOf(
      dragPartPoint(person, 'left', 8, { x: x + 30, y: y - 9 }, { stretches: true }),
      'left',
    )!;
    expect(stretched[8][0]).toBeCloseTo(x + 30, 6);
  });

  it('turn, grow and show the palm about the wrist; turned over twice they are as before', () => {
    const person = withPart(standing, 'right', handOfShape(standing, 'right', 'victory'));
    const wrist = partOf(person, 'right')![0];
    const over = changePart(person, 'right', { mirrored: true });
    expect(partOf(over, 'right')![4]).not.toEqual(partOf(person, 'right')![4]);
    const back = partOf(changePart(over, 'right', { mirrored: true }), 'right')!;
    for (const [i, point] of back.entries())
      expect(length(point, partOf(person, 'right')![i])).toBeLessThan(1e-6);
    const changed = partOf(changePart(person, 'right', { radians: 1, factor: 2 }), 'right')!;
    expect(length(changed[0], wrist)).toBeLessThan(1e-9);
    for (const [i, bone] of lengths(changed).entries())
      expect(bone).toBeCloseTo(2 * lengths(partOf(person, 'right')!)[i], 6);
  });
});

describe('faces', () => {
  it.each(faceShapes)('that are %s have their eyes where the head has them', (shape) => {
    const points = faceOfShape(standing, shape);
    expect(points).toHaveLength(70);
    const [left, right] = [standing.keypoints[1], standing.keypoints[2]];
    expect(length(points[69], [left.x, left.y])).toBeLessThan(0.01);
    expect(length(points[68], [right.x, right.y])).toBeLessThan(0.01);
    // The chin is below the mouth, and that below the nose.
    expect(points[8][1]).toBeGreaterThan(points[57][1]);
    expect(points[57][1]).toBeGreaterThan(points[33][1]);
  });

  it('and hands go along with the person, and are taken away again', () => {
    const whole = withPart(
      withPart(standing, 'left', handOfShape(standing, 'left', 'fist')),
      'face',
      faceOfShape(standing, 'smile'),
    );
    const moved = movePerson(whole, 7, -3);
    expect(length(partOf(moved, 'face')![8], partOf(whole, 'face')![8])).toBeCloseTo(Math.hypot(7, 3), 6);
    const bare = withPart(withPart(moved, 'left', undefined), 'face', undefined);
    expect(bare.hands).toBeUndefined();
    expect(bare.face).toBeUndefined();
  });
});

describe('a person who is given another pose', () => {
  const seen = (name: string, around: number) =>
    personOfPose(
      poseFromView(
        poseMannequin(configurations.find(({ id }) => id === name)!),
        { around },
        { width: 512, height: 512 },
      ),
      'one',
    );
  const withHands = (['left', 'right'] as const).reduce(
    (person, side) => withPart(person, side, handOfShape(person, side, 'pointing')),
    standing,
  );

  it('keeps the hands, on the wrists and along the forearms of the new pose', () => {
    const waving = keepParts(withHands, seen('waving', 0));
    for (const [side, elbow, wrist] of [
      ['left', 7, 9],
      ['right', 8, 10],
    ] as const) {
      const [before, after] = [withHands, waving].map((person) => partOf(person, side)!);
      const at = waving.keypoints[wrist];
      expect(length(after[0], [at.x, at.y])).toBeLessThan(0.01);
      for (const [i, bone] of lengths(after).entries()) expect(bone).toBeCloseTo(lengths(before)[i], 3);
      const angle = (person: typeof standing, hand: typeof after) =>
        Math.atan2(hand[9][1] - hand[0][1], hand[9][0] - hand[0][0]) -
        Math.atan2(
          person.keypoints[wrist].y - person.keypoints[elbow].y,
          person.keypoints[wrist].x - person.keypoints[elbow].x,
        );
      expect(Math.cos(angle(waving, after) - angle(withHands, before))).toBeCloseTo(1, 5);
    }
  });

  it('has no hand where the new pose has no wrist, and takes hands that the pose brings', () => {
    const fresh = seen('waving', 0);
    const armless = {
      ...fresh,
      keypoints: fresh.keypoints.map((k, i) => (i === 9 ? { ...k, state: 'deleted' as const } : k)),
    };
    expect(partOf(keepParts(withHands, armless), 'left')).toBeUndefined();
    expect(partOf(keepParts(withHands, armless), 'right')).toBeDefined();
    const own = withPart(fresh, 'left', handOfShape(fresh, 'left', 'fist'));
    expect(keepParts(withHands, own)).toBe(own);
  });
});

import { describe, expect, it } from 'vitest';
import { StablePoseError } from '../../../packages/core/src/errors.ts';
import { checkPoses } from '../../../packages/core/src/pose/check-poses.ts';
import type { Keypoint } from '../../../packages/core/src/pose/keypoints.ts';

function person(change: (keypoints: Keypoint[]) => unknown = () => {}): { keypoints: unknown } {
  const keypoints = Array.from({ length: 17 }, (_, i): Keypoint => [100 + i, 200 + i, 0.9]);
  change(keypoints);
  return { keypoints };
}

function errorOf(run: () => unknown): StablePoseError {
  try {
    run();
  } catch (error) {
    if (error instanceof StablePoseError) return error;
    throw error;
  }
  throw new Error('It was accepted.');
}

describe('checking poses', () => {
  it('[P13] gives them back, absent keypoints as zeros, hands and face carried along', () => {
    const hand = Array.from({ length: 21 }, (): Keypoint => [1, 2, 0.5]);
    const [pose] = checkPoses([{ ...person((k) => (k[3] = [-7, -7, 0])), hands: { left: hand }, extra: 1 }]);
    expect(pose.keypoints[3]).toEqual([0, 0, 0]);
    expect(pose.keypoints[4]).toEqual([104, 204, 0.9]);
    expect(pose.hands).toEqual({ left: hand });
    expect(pose).not.toHaveProperty('extra');
  });

  it.each([
    ['no list', { keypoints: [] }, /list/],
    ['nobody', [], /nobody/],
    ['eleven people', Array.from({ length: 11 }, () => person()), /At most 10/],
    ['a person that is none', [null], /Person 1 must be an object/],
    ['sixteen keypoints', [person((k) => k.pop())], /17 keypoints/],
    ['NaN', [person(), person((k) => (k[5] = [Number.NaN, 1, 1]))], /Person 2, left_shoulder.*finite/],
    ['infinity', [person((k) => (k[0] = [1, Number.POSITIVE_INFINITY, 1]))], /nose.*finite/],
    ['a confidence above 1', [person((k) => (k[0] = [1, 1, 1.5]))], /confidence/],
    ['a place far away', [person((k) => (k[0] = [1e7, 1, 1]))], /within/],
    ['a person without keypoints', [person((k) => k.fill([1, 1, 0]))], /no keypoint/],
    ['a hand of 20', [{ ...person(), hands: { left: Array(20).fill([0, 0, 0]) } }], /left hand needs 21/],
    ['a face of text', [{ ...person(), face: 'smile' }], /face needs 70/],
  ])('[P13] refuses %s, in words', (_, value, words) => {
    const error = errorOf(() => checkPoses(value));
    expect(error.code).toBe('invalid-pose');
    expect(error.message).toMatch(words);
  });

  it('[P13] says what to do', () => {
    expect(errorOf(() => checkPoses([person((k) => (k[1] = [Number.NaN, 0, 0]))])).remedy).toMatch(
      /\[0, 0, 0\]/,
    );
  });

  it('[P13] lets nobody pass where a picture may be made from words alone', () => {
    expect(checkPoses([], { allowNobody: true })).toEqual([]);
  });
});

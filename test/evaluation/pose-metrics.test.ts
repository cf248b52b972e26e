import {
  cosineSimilarity,
  evaluatePoses,
  type MetricKeypoints,
  objectKeypointSimilarity,
} from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';
import { referenceJson } from '../support/reference-set.ts';

/** The metrics as released are checked against all recorded scenarios by test/conformance. */
const { scenarios } = referenceJson<{
  scenarios: {
    name: string;
    gt_pose: MetricKeypoints[][];
    detections: { keypoints: MetricKeypoints; score: number }[][];
  }[];
}>('11_metrics/metrics.json');

function picturesOf(name: string) {
  const scenario = scenarios.find((one) => one.name === name)!;
  return scenario.gt_pose.map((asked, i) => ({ asked, found: scenario.detections[i]! }));
}

describe('corrected metrics', () => {
  it('score a perfect pose 1', () => {
    const pictures = picturesOf('perfect');
    const pose = pictures[0]!.asked[0]!;
    expect(objectKeypointSimilarity(pose, pose)).toBe(1);
    expect(cosineSimilarity(pose, pose)).toBeCloseTo(1, 12);
    const { distance, similarity, pce } = evaluatePoses(pictures);
    expect([distance.ap, pce]).toEqual([1, 0]);
    expect(similarity.ap).toBeCloseTo(1, 12);
  });

  it('count people in every picture, also where no pose was asked for', () => {
    expect(evaluatePoses(picturesOf('one_image_without_gt')).pce).toBeCloseTo(2 / 4, 12);
  });

  it('tell left from right: a swapped pose is similar in outline, and no match by keypoints', () => {
    const { distance, similarity } = evaluatePoses(picturesOf('left_right_swapped'));
    expect(distance.ap).toBe(0);
    expect(similarity.ap).toBeLessThan(1);
  });

  it('give -1 where no asked pose falls into the range of areas', () => {
    expect(evaluatePoses(picturesOf('perfect')).distance.apMedium).toBe(-1);
  });

  it('measure distances by the person alone: absent joints do not widen the area', () => {
    const { asked } = picturesOf('perfect')[0]!;
    const half = asked[0]!.map((point, i) => (i < 9 ? point : ([-1, -1, 0] as const)));
    const moved = half.map(([x, y, c]) => [x + 12, y, c] as const);
    const pictures = [{ asked: [half], found: [{ keypoints: moved, score: 1 }] }];
    const released = evaluatePoses(pictures, { asReleased: true }).distance.ap;
    expect(evaluatePoses(pictures).distance.ap).toBeLessThan(released);
  });

  it('count no pose as found that cannot be compared', () => {
    const [pose] = picturesOf('perfect')[0]!.asked;
    const single = pose!.map((point, i) => (i === 0 ? point : ([-1, -1, 0] as const)));
    const pictures = [{ asked: [single], found: [{ keypoints: pose!, score: 1 }] }];
    expect(evaluatePoses(pictures).similarity.ap).toBe(0);
    expect(evaluatePoses(pictures, { asReleased: true }).similarity.ap).toBeCloseTo(1, 12);
  });

  it('give no number to a pose of one joint: nothing can be scaled', () => {
    const pose = picturesOf('perfect')[0]!.asked[0]!;
    const single = pose.map((point, i) => (i === 0 ? point : ([-1, -1, 0] as const)));
    expect(cosineSimilarity(single, pose)).toBeNaN();
  });
});

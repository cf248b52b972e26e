import { readFileSync } from 'node:fs';
import {
  cosineSimilarity,
  evaluatePoses,
  type MetricKeypoints,
  objectKeypointSimilarity,
} from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';

interface Scenario {
  name: string;
  gt_pose: MetricKeypoints[][];
  detections: { keypoints: MetricKeypoints; score: number }[][];
  result: Record<string, number>;
  oks: Record<string, number[][]>;
  cosine: Record<string, (number | 'NaN')[][]>;
  weighted_cosine: Record<string, (number | 'NaN')[][]>;
}

const { scenarios } = JSON.parse(
  readFileSync(new URL('../conformance/reference/11_metrics/metrics.json', import.meta.url), 'utf8'),
) as { scenarios: Scenario[] };

const closeTo = 1e-9;

describe.each(scenarios)('released metrics, $name', (scenario) => {
  const pictures = scenario.gt_pose.map((asked, i) => ({ asked, found: scenario.detections[i]! }));

  it('gives the recorded 21 numbers', () => {
    const { distance, similarity, pce } = evaluatePoses(pictures, { asReleased: true });
    const order = [
      'ap',
      'ap50',
      'ap75',
      'apMedium',
      'apLarge',
      'ar',
      'ar50',
      'ar75',
      'arMedium',
      'arLarge',
    ] as const;
    const ours = [...order.map((key) => distance[key]), ...order.map((key) => similarity[key]), pce];
    Object.values(scenario.result).forEach((expected, i) => {
      expect(Math.abs(ours[i]! - expected), `number ${i}`).toBeLessThanOrEqual(closeTo);
    });
  });

  it('gives the recorded similarity of every pair', () => {
    for (const [key, table] of Object.entries(scenario.oks)) {
      const picture = pictures[Number(key)]!;
      const found = [...picture.found].sort((a, b) => b.score - a.score);
      table.forEach((row, d) => {
        row.forEach((expected, g) => {
          const pair = [picture.asked[g]!, found[d]!.keypoints] as const;
          expect(objectKeypointSimilarity(...pair)).toBeCloseTo(expected, 9);
          for (const weighted of [false, true]) {
            const recorded = scenario[weighted ? 'weighted_cosine' : 'cosine'][key]![d]![g]!;
            const ours = cosineSimilarity(...pair, { weighted, asReleased: true });
            if (recorded === 'NaN') expect(ours).toBeNaN();
            else expect(ours).toBeCloseTo(recorded, 9);
          }
        });
      });
    }
  });
});

describe('corrected metrics', () => {
  const perfect = scenarios.find(({ name }) => name === 'perfect')!;
  const pictures = perfect.gt_pose.map((asked, i) => ({ asked, found: perfect.detections[i]! }));

  it('scores a perfect pose 1', () => {
    const pose = perfect.gt_pose[0]![0]!;
    expect(cosineSimilarity(pose, pose)).toBeCloseTo(1, 12);
    expect(evaluatePoses(pictures).similarity.ap).toBeCloseTo(1, 12);
  });

  it('counts people in every picture, also where no pose was asked for', () => {
    const scenario = scenarios.find(({ name }) => name === 'one_image_without_gt')!;
    const all = scenario.gt_pose.map((asked, i) => ({ asked, found: scenario.detections[i]! }));
    expect(evaluatePoses(all).pce).toBeCloseTo(2 / 4, 12);
  });
});

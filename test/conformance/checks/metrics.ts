import {
  cosineSimilarity,
  evaluatePoses,
  type MetricKeypoints,
  objectKeypointSimilarity,
} from '@stable-pose/evaluation';
import { type CheckGroup, compare } from '../check.ts';

interface Scenario {
  readonly name: string;
  readonly gt_pose: MetricKeypoints[][];
  readonly detections: { keypoints: MetricKeypoints; score: number }[][];
  readonly result: Record<string, number | 'NaN'>;
  readonly oks: Record<string, (number | 'NaN')[][]>;
  readonly cosine: Record<string, (number | 'NaN')[][]>;
  readonly weighted_cosine: Record<string, (number | 'NaN')[][]>;
}

/** Arithmetic in double on both sides. */
const tolerance = 1e-9;
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

export const metrics: CheckGroup = {
  folder: '11_metrics',
  *run(reference) {
    const { scenarios } = reference.json<{ scenarios: Scenario[] }>('11_metrics/metrics.json');
    for (const scenario of scenarios) {
      const pictures = scenario.gt_pose.map((asked, i) => ({ asked, found: scenario.detections[i] ?? [] }));
      const { distance, similarity, pce } = evaluatePoses(pictures, { asReleased: true });
      const ours = [...order.map((key) => distance[key]), ...order.map((key) => similarity[key]), pce];
      yield compare(`${scenario.name}: result`, ours, Object.values(scenario.result).map(Number), tolerance);
      for (const kind of ['oks', 'cosine', 'weighted_cosine'] as const) {
        const own: number[] = [];
        const recorded: number[] = [];
        for (const [key, table] of Object.entries(scenario[kind])) {
          const picture = pictures[Number(key)]!;
          const found = [...picture.found].sort((a, b) => b.score - a.score);
          table.forEach((row, d) => {
            row.forEach((value, g) => {
              const pair = [picture.asked[g]!, found[d]!.keypoints] as const;
              recorded.push(Number(value));
              own.push(
                kind === 'oks'
                  ? objectKeypointSimilarity(...pair)
                  : cosineSimilarity(...pair, { weighted: kind === 'weighted_cosine', asReleased: true }),
              );
            });
          });
        }
        yield compare(`${scenario.name}: ${kind.replace('_', ' ')} of every pair`, own, recorded, tolerance);
      }
    }
  },
};

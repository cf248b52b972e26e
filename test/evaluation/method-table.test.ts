import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EvaluationReport,
  methodTable,
  pairedDifference,
  type ReportPicture,
} from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';

const figures = { ap: 0.5, ap50: 0.8, ap75: 0.4, ar: 0.6, sap: 0.7, pce: 0.25, pictures: 40 };
const grouped = { ...figures, asReleased: figures, byPeople: { '1': figures }, byView: { front: figures } };

/** A method that finds entry i of forty with the first `i % 10 + lift` of the ten thresholds met. */
function report(method: string, lift: number, over: Partial<EvaluationReport> = {}): EvaluationReport {
  const perPicture = Array.from({ length: 40 }, (_, i): ReportPicture => {
    const met = Math.max(0, Math.min(10, (i % 10) + lift));
    const matches = { asked: 1, scores: [1 - i / 100], hits: [2 ** met - 1] };
    const view = i % 2 === 0 ? 'front' : 'rear';
    return {
      name: `entry ${i}`,
      seed: 0,
      people: 1,
      view,
      rulers: { movenet: { similarities: [0.5], ap: matches, sap: matches, people: 1 } },
    };
  });
  return {
    version: 1,
    method,
    ...grouped,
    rulers: { movenet: grouped },
    ceiling: {
      ...grouped,
      ap: 0.8,
      source: 'renders',
      rulers: { movenet: { ...grouped, ap: 0.8 } },
      colour: null,
    },
    shareOfCeiling: null,
    colour: { one: 0.9, several: 0.75, garments: 12 },
    fid: null,
    kid: null,
    featureNetwork: null,
    clipScore: null,
    command: '',
    seeds: [0],
    weights: {},
    settings: { steps: 20 },
    training: '1000 steps of 8',
    device: 'CPU',
    secondsPerPicture: 1,
    entries: 40,
    perPicture,
    ...over,
  };
}

describe('paired differences', () => {
  const options = { ruler: 'movenet', samples: 300 };

  it('are nothing between a method and itself', () => {
    const one = [report('a', 0)];
    expect(pairedDifference(one, one, options)).toEqual({ value: 0, low: 0, high: 0 });
  });

  it('have an interval that holds the difference, and is the same every time', () => {
    const [better, worse] = [[report('a', 2)], [report('b', 0)]];
    const difference = pairedDifference(better, worse, options)!;
    expect(difference.low).toBeGreaterThan(0);
    expect(difference.low).toBeLessThan(difference.value);
    expect(difference.high).toBeGreaterThan(difference.value);
    expect(pairedDifference(better, worse, options)).toEqual(difference);
    const turned = pairedDifference(worse, better, options)!;
    expect(turned.value).toBeCloseTo(-difference.value, 12);
  });

  it('average several runs of one method, and count only the entries that all have', () => {
    const short = report('b', 0);
    const fewer = { ...short, perPicture: short.perPicture.slice(0, 10) };
    const difference = pairedDifference([report('a', 1), report('a', 1)], [fewer], options)!;
    const same = { ...report('a', 1), perPicture: report('a', 1).perPicture.slice(0, 10) };
    expect(difference).toEqual(pairedDifference([same], [fewer], options));
    expect(
      pairedDifference([report('a', 1)], [fewer], { ...options, isCounted: () => false }),
    ).toBeUndefined();
  });
});

describe('the table of methods', () => {
  const table = methodTable([report('ControlNet', 0), report('Stable-Pose', 2), report('Stable-Pose', 3)], {
    samples: 100,
  });
  const rows = table.split('\n');

  it('puts Stable-Pose first, makes one row of several runs, and leaves out columns that nobody has', () => {
    expect(rows.find((row) => row.startsWith('| method | runs'))).not.toContain('FID');
    const stablePose = rows.findIndex((row) => row.startsWith('| Stable-Pose | 2 | 50.0 ± 0.0'));
    expect(stablePose).toBeGreaterThan(-1);
    expect(rows[stablePose + 1]).toContain('| ControlNet | 1 | 50.0 |');
  });

  it('shows shares of the ceiling and differences with intervals', () => {
    expect(table).toMatch(/\| Stable-Pose \| 50\.0 ± 0\.0 \(100 ± 0 %\)/);
    expect(table).toMatch(/\| Stable-Pose − ControlNet \| \+\d+\.\d \[\+\d+\.\d, \+\d+\.\d\]/);
    expect(table).toContain('1000 steps of 8');
  });

  it('refuses methods that were drawn with unequal step budgets', () => {
    const other = report('ControlNet', 0, { settings: { steps: 50 } });
    expect(() => methodTable([report('Stable-Pose', 0), other])).toThrow(/one step budget/);
  });
});

describe('the committed table of docs/evaluation.md', () => {
  const docs = fileURLToPath(new URL('../../docs', import.meta.url));

  it('is what the committed reports give', () => {
    const folder = join(docs, 'evaluation/reports');
    const reports = readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as EvaluationReport);
    const page = readFileSync(join(docs, 'evaluation.md'), 'utf8');
    const between = /<!-- table: begin -->\n\n([\s\S]*)\n\n<!-- table: end -->/.exec(page)?.[1];
    expect(between, 'run: npm run evaluate:table').toBe(methodTable(reports));
  });
});

describe('the list of held-out poses that ships', () => {
  const list = JSON.parse(
    readFileSync(new URL('../../packages/evaluation/lists/held-out.json', import.meta.url), 'utf8'),
  ) as { scene: number; view: string; poses: unknown[] }[];

  it('is balanced over views and people, and from scenes that no training sees', () => {
    const count = (people: number, view: string) =>
      list.filter((entry) => entry.poses.length === people && entry.view === view).length;
    expect(list).toHaveLength(120);
    for (const view of ['front', 'side', 'rear']) {
      expect([1, 2, 3].map((people) => count(people, view))).toEqual([20, 10, 10]);
    }
    expect(Math.min(...list.map(({ scene }) => scene))).toBeGreaterThanOrEqual(1_000_000_000);
    expect(new Set(list.map(({ scene }) => scene)).size).toBe(120);
  });
});

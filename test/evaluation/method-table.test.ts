import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EvaluationReport,
  evaluationReport,
  methodTable,
  pairedDifference,
  type ReportPicture,
} from '@stable-pose/evaluation';
import { describe, expect, it } from 'vitest';
import { readEvaluationInputs } from '../../packages/cli/src/evaluation/evaluation-inputs.ts';
import { readReports } from '../../packages/cli/src/evaluation/read-reports.ts';
import { tablePlaces, withTable } from '../../packages/cli/src/evaluation/table-places.ts';

const figures = { ap: 0.5, ap50: 0.8, ap75: 0.4, ar: 0.6, sap: 0.7, pce: 0.25, pictures: 40 };
const grouped = { ...figures, asReleased: figures, byPeople: { '1': figures }, byView: { front: figures } };

/** Each report is of other weights, as runs are. */
let trained = 0;

/** A method that finds entry i of forty with the first `i % 10 + lift` of the ten thresholds met. */
function report(method: string, lift: number, over: Partial<EvaluationReport> = {}): EvaluationReport {
  const perPicture = Array.from({ length: 40 }, (_, i): ReportPicture => {
    const met = Math.max(0, Math.min(10, (i % 10) + lift));
    const matches = { asked: 1, scores: [1 - i / 100], hits: [2 ** met - 1] };
    const view = i % 2 === 0 ? 'front' : 'rear';
    return {
      name: `entry ${i}`,
      entry: `hash ${i}`,
      seed: 0,
      people: 1,
      view,
      rulers: { movenet: { similarities: [0.5], ap: matches, sap: matches, people: 1 } },
    };
  });
  return {
    version: 2,
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
    weights: {
      'model/base.safetensors': 'base',
      'adapter one/one.safetensors': `weights ${trained++}`,
      'ruler movenet': 'eyes',
    },
    settings: { steps: 20 },
    training: null,
    budget: { steps: 1000, rows: 8000, seed: 0 },
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

  it('are less sure where the runs of a method differ', () => {
    const width = (runs: readonly EvaluationReport[]) => {
      const { low, high } = pairedDifference(runs, [report('b', 1)], options)!;
      return high - low;
    };
    const alike = width([report('a', 2), report('a', 2), report('a', 2)]);
    const apart = width([report('a', 0), report('a', 2), report('a', 4)]);
    // Over entries alone it would be 2.4 times as wide, from the runs' own means.
    expect(apart).toBeGreaterThan(10 * alike);
  });
});

describe('the table of methods', () => {
  const second = report('Stable-Pose', 3, { budget: { steps: 1000, rows: 8000, seed: 1 } });
  const table = methodTable([report('ControlNet', 0), report('Stable-Pose', 2), second], { samples: 100 });
  const rows = table.split('\n');

  it('puts Stable-Pose first, makes one row of several runs, and leaves out columns that nobody has', () => {
    expect(rows.find((row) => row.startsWith('| method | runs'))).not.toContain('FID');
    const stablePose = rows.findIndex((row) =>
      row.startsWith('| Stable-Pose | 2 | 1,000 | 8,000 | 50.0 ± 0.0'),
    );
    expect(stablePose).toBeGreaterThan(-1);
    expect(rows[stablePose + 1]).toContain('| ControlNet | 1 | 1,000 | 8,000 | 50.0 |');
  });

  it('shows shares of the ceiling and differences with intervals', () => {
    expect(table).toMatch(/\| Stable-Pose \| 50\.0 ± 0\.0 \(100 ± 0 %\)/);
    expect(table).toMatch(/\| Stable-Pose − ControlNet \| \+\d+\.\d \[\+\d+\.\d, \+\d+\.\d\]/);
    expect(table).toContain('One training budget: 1,000 steps on 8,000 rows; training seeds 0, 1.');
    expect(table).not.toContain('same base');
  });

  it('refuses methods that were drawn with unequal step budgets', () => {
    const other = report('ControlNet', 0, { settings: { steps: 50 } });
    expect(() => methodTable([report('Stable-Pose', 0), other])).toThrow(/one step budget/);
  });

  it('refuses adapters that were trained for unequal steps or rows, and shows those that do not say', () => {
    const longer = report('ControlNet', 0, { budget: { steps: 2000, rows: 8000, seed: 0 } });
    const larger = report('ControlNet', 0, { budget: { steps: 1000, rows: 9000, seed: 0 } });
    for (const other of [longer, larger]) {
      expect(() => methodTable([report('Stable-Pose', 0), other])).toThrow(/one training budget/);
      expect(() => methodTable([report('T2I-Adapter', 0, { budget: null }), report('Stable-Pose', 0), other]))
        // whoever comes first
        .toThrow(/one training budget/);
    }
    const unsaid = methodTable([report('Stable-Pose', 0), report('ControlNet', 0, { budget: null })], {
      samples: 10,
    });
    expect(unsaid).toContain('| ControlNet | 1 | – | – | 50.0 |');
    expect(() => methodTable([report('ControlNet', 0), report('ControlNet', 0, { budget: null })])).toThrow(
      /One run of ControlNet says how it was trained/,
    );
  });

  it('refuses reports on other entries or noise, or by a ruler of other weights', () => {
    const one = report('Stable-Pose', 0);
    const { perPicture } = report('ControlNet', 0);
    const others: Partial<EvaluationReport>[] = [
      { perPicture: perPicture.slice(1) },
      { perPicture: perPicture.map((picture, i) => (i === 3 ? { ...picture, entry: 'changed' } : picture)) },
      { perPicture: perPicture.map((picture) => ({ ...picture, seed: 1 })) },
    ];
    for (const other of others) {
      expect(() => methodTable([one, report('ControlNet', 0, other)])).toThrow(/same entries and noise/);
    }
    const weights = { ...one.weights, 'ruler movenet': 'others' };
    expect(() => methodTable([one, report('ControlNet', 0, { weights })])).toThrow(/different weights/);
    const ceiling = { ...one.ceiling!, rulers: { movenet: { ...grouped, ap: 0.7 } } };
    expect(() => methodTable([one, report('ControlNet', 0, { ceiling })])).toThrow(/different ceilings/);
  });

  it('refuses the same weights as two runs, wherever they lie', () => {
    const one = report('Stable-Pose', 0);
    const { 'adapter one/one.safetensors': hash, ...rest } = one.weights;
    const copied = report('Stable-Pose', 0, { weights: { ...rest, 'adapter two/one.safetensors': hash! } });
    expect(() => methodTable([one, one])).toThrow(/one run and not two/);
    expect(() => methodTable([one, copied])).toThrow(/one run and not two/);
  });

  it('names the settings that a method has of its own, and refuses them among its runs', () => {
    const guided = { settings: { steps: 20, guidanceScale: 4.5 } };
    const plain = { settings: { steps: 20, guidanceScale: 3 } };
    const words = methodTable([report('Stable-Pose', 0, guided), report('ControlNet', 0, plain)], {
      samples: 10,
    });
    expect(words).toContain('noise seeds 0; steps 20; measured by movenet.');
    expect(words).toContain('| Stable-Pose | 1 | 1,000 | 8,000 | guidanceScale 4.5 |');
    expect(words).toContain('| ControlNet | 1 | 1,000 | 8,000 | guidanceScale 3 |');
    const runs = [report('Stable-Pose', 0, guided), report('Stable-Pose', 0, plain)];
    expect(() => methodTable(runs)).toThrow(/different settings/);
  });

  it('says where adapters stand on different bases', () => {
    const one = report('Stable-Pose', 0);
    const weights = { ...report('ControlNet', 0).weights, 'model/base.safetensors': 'another' };
    const other = report('ControlNet', 0, { weights });
    expect(methodTable([one, other], { samples: 10 })).toContain('do not all stand on the same base');
  });

  it('takes the figures of the ruler that is asked for, and names those there are', () => {
    const worse = { ...grouped, ap: 0.25 };
    const both = (method: string) => {
      const one = report(method, 0);
      const perPicture = one.perPicture.map((picture) => ({
        ...picture,
        rulers: { ...picture.rulers, own: picture.rulers.movenet! },
      }));
      return { ...one, perPicture, rulers: { movenet: grouped, own: worse } };
    };
    const reports = [both('Stable-Pose'), both('ControlNet')];
    expect(methodTable(reports, { ruler: 'own', samples: 10 })).toContain(
      '| Stable-Pose | 1 | 1,000 | 8,000 | 25.0 |',
    );
    expect(() => methodTable([...reports, report('T2I-Adapter', 0)], { ruler: 'own' })).toThrow(
      /T2I-Adapter has no figures of the ruler own, only of movenet/,
    );
  });
});

describe('the committed tables of docs/evaluation.md', () => {
  const docs = fileURLToPath(new URL('../../docs', import.meta.url));
  const file = join(docs, 'evaluation.md');
  const page = readFileSync(file, 'utf8');
  const places = tablePlaces(page, file);

  it('are of the figurine, and of what was trained to be compared', () => {
    expect(places.map(({ folder }) => folder)).toEqual([undefined, 'arms']);
  });

  it.each(places)('are what the committed reports give: $folder', async (place) => {
    const reports = await readReports([join(docs, 'evaluation/reports', place.folder ?? '')]);
    const filled = withTable(page, place, methodTable(reports), file);
    expect(page, 'run: npm run evaluate:table').toBe(filled);
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

  it('has a ceiling by both rulers, of all of it and of any first part', async () => {
    for (const limit of [120, 24]) {
      const { entries, knownCeiling } = await readEvaluationInputs(undefined, { limit });
      const { ceiling } = evaluationReport(entries, [], {
        method: 'Stable-Pose',
        rulers: ['movenet', 'own'],
        command: '',
        seeds: [],
        weights: {},
        settings: {},
        device: '',
        knownCeiling,
      });
      // Null after a change of the list: draw its pictures and measure on them again (docs/evaluation.md, "A list").
      expect(ceiling?.pictures).toBe(limit);
      expect(Object.keys(ceiling!.rulers)).toEqual(['movenet', 'own']);
      expect(ceiling!.ap).toBeGreaterThan(0.5);
    }
  });
});

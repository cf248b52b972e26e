import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DetectOptions,
  decodePng,
  encodePng,
  type GenerationRequestInput,
  type PoseDetector,
  type Raster,
  raster,
} from '@stable-pose/core';
import {
  type EvaluationEntry,
  type EvaluationProgress,
  evaluationReport,
  type MetricKeypoints,
  parseEvaluationList,
  reportPage,
  runEvaluation,
} from '@stable-pose/evaluation';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let out: string;
beforeEach(() => {
  out = mkdtempSync(join(tmpdir(), 'evaluation-'));
});
afterEach(() => rmSync(out, { recursive: true, force: true }));

const person = (left: number): MetricKeypoints =>
  Array.from({ length: 17 }, (_, i) => [left + (i % 4) * 6, 6 + 3 * i, 1] as const);

const entries: EvaluationEntry[] = [
  { name: 'a', prompt: 'a man in red', width: 64, height: 64, view: 'front', poses: [person(20)] },
  { name: 'b', prompt: 'two', width: 64, height: 64, view: 'rear', poses: [person(4), person(34)] },
  { name: 'c', prompt: 'a woman', width: 64, height: 64, view: 'side', poses: [person(30)] },
];

/**
 * Stands in for a model and for a detector that reads it: the maker writes into the first pixels how far each asked person is
 * moved, the detector reads that back. What is measured here is the run; models and MoveNet run in test/cli.
 */
function bench(moveOf: (request: GenerationRequestInput) => number = () => 0) {
  const requests: GenerationRequestInput[] = [];
  const make = async (request: GenerationRequestInput) => {
    requests.push(request);
    const picture = raster(request.width!, request.height!, 3);
    picture.data[0] = moveOf(request);
    return { raster: picture, warnings: [] };
  };
  const detector: PoseDetector = {
    async detect(picture: Raster, { boxes }: DetectOptions = {}) {
      const asked = entries.flatMap(({ poses }) => poses);
      // People here are 18 pixels wide.
      const here = boxes?.map(({ x, width }) => {
        const away = (pose: MetricKeypoints) => Math.abs(pose[0]![0] + 9 - (x + width / 2));
        return asked.reduce((best, pose) => (away(pose) < away(best) ? pose : best));
      });
      return (here ?? [asked[0]!]).map((pose) => ({
        pose: { keypoints: pose.map(([x, y, c]) => [x + picture.data[0]!, y, c] as const) },
        box: { x: 0, y: 0, width: 1, height: 1 },
        score: 0.9,
        isGuess: picture.data[0] === 255,
      }));
    },
    async dispose() {},
  };
  return { requests, make, rulers: [{ name: 'movenet', detector }] };
}

const base = {
  entries,
  seeds: [0],
  settings: { steps: 4 },
  identity: { weights: 'one' },
  readPicture: async (file: string) => decodePng(readFileSync(file)),
};

const facts = {
  method: 'Stable-Pose',
  rulers: ['movenet'],
  command: 'stable-pose evaluate',
  seeds: [0],
  weights: { model: 'aa' },
  settings: { steps: 4 },
  device: 'CPU',
};

describe('a run of an evaluation', () => {
  it('asks for each entry with its poses and a seed of its own, and keeps the pictures', async () => {
    const { requests, make, rulers } = bench();
    const results = await runEvaluation({ ...base, seeds: [0, 1], make, rulers, out });
    expect(results).toHaveLength(6);
    expect(new Set(requests.map(({ seed }) => seed)).size).toBe(6);
    expect(requests[0]).toMatchObject({ prompt: 'a man in red', width: 64, steps: 4, count: 1 });
    expect(requests[0]!.poses).toHaveLength(1);
    for (const { file } of results) expect(existsSync(join(out, file))).toBe(true);
  });

  it('leaves the poses out where the base model alone is measured, and measures against them all the same', async () => {
    const { requests, make, rulers } = bench();
    const results = await runEvaluation({ ...base, withoutPoses: true, make, rulers, out });
    expect(requests.every(({ poses }) => poses!.length === 0)).toBe(true);
    expect(results[1]!.readings.movenet!.found).toHaveLength(2);
  });

  it('goes on where it was stopped, also after a line was half written', async () => {
    const first = bench();
    const controller = new AbortController();
    const stopped = runEvaluation({
      ...base,
      ...first,
      out,
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
    expect(first.requests).toHaveLength(2);
    appendFileSync(join(out, 'results.jsonl'), '{"kind":"made","name":"c","se');
    const second = bench();
    const progress: EvaluationProgress[] = [];
    const results = await runEvaluation({ ...base, ...second, out, onProgress: (p) => progress.push(p) });
    expect(second.requests.map(({ prompt }) => prompt)).toEqual(['a woman']);
    expect(results).toHaveLength(3);
    expect(progress.at(-1)).toMatchObject({ done: 3, total: 3, share: 1 });
    const third = bench();
    expect(await runEvaluation({ ...base, ...third, out })).toEqual(results);
    expect(third.requests).toEqual([]);
  });

  it('measures anew what changed: an entry, a picture that is gone', async () => {
    await runEvaluation({ ...base, ...bench(), out });
    rmSync(join(out, 'pictures/a-seed0.png'));
    const changed = entries.map((entry) => (entry.name === 'b' ? { ...entry, prompt: 'two men' } : entry));
    const again = bench();
    await runEvaluation({ ...base, ...again, entries: changed, out });
    expect(again.requests.map(({ prompt }) => prompt)).toEqual(['a man in red', 'two men']);
  });

  it('refuses a folder that holds a run of other weights or settings', async () => {
    await runEvaluation({ ...base, ...bench(), out });
    const code = 'invalid-input';
    await expect(
      runEvaluation({ ...base, ...bench(), out, identity: { weights: 'other' } }),
    ).rejects.toMatchObject({ code });
    await expect(runEvaluation({ ...base, ...bench(), out, settings: { steps: 5 } })).rejects.toMatchObject({
      code,
    });
  });

  it('tries the ruler on the list’s own pictures, cut to the asked size', async () => {
    const file = join(out, 'given.png');
    writeFileSync(file, encodePng(raster(128, 96, 3)));
    const given = entries.map((entry) => ({ ...entry, picture: file }));
    const { make, rulers } = bench(() => 9);
    const results = await runEvaluation({ ...base, entries: given, make, rulers, out });
    const report = evaluationReport(given, results, facts);
    expect(report.ceiling!.ap).toBeCloseTo(1, 9);
    expect(report.ap).toBeLessThan(1);
    expect(report.shareOfCeiling!.ap).toBeCloseTo(report.ap, 9);
    expect(report.ceiling!.source).toBe("the list's own pictures");
  });

  it('has a ceiling of just its entries from pictures that were looked at before', async () => {
    const file = join(out, 'given.png');
    writeFileSync(file, encodePng(raster(64, 64, 3)));
    const given = entries.map((entry) => ({ ...entry, picture: file }));
    const { make, rulers } = bench(({ poses }) => (poses!.length > 1 ? 90 : 0));
    const seen = await runEvaluation({ ...base, entries: given, make, rulers, out });
    // Of the second picture's two people nobody was found.
    const perPicture = seen
      .filter(({ kind }) => kind === 'given')
      .map((result) =>
        result.name === 'b'
          ? { ...result, readings: { movenet: { found: [null, null], people: 0 } } }
          : result,
      );
    const knownCeiling = { source: 'held-out renders', perPicture };
    const reportOf = (list: readonly EvaluationEntry[], rulerNames = ['movenet']) =>
      evaluationReport(
        list,
        seen.filter(({ kind, name }) => kind === 'made' && list.some((entry) => entry.name === name)),
        {
          ...facts,
          rulers: rulerNames,
          knownCeiling,
        },
      );
    const [a, b, c] = entries as [EvaluationEntry, EvaluationEntry, EvaluationEntry];
    expect(reportOf(entries).ceiling).toMatchObject({ source: 'held-out renders', pictures: 3 });
    expect(reportOf(entries).ceiling!.ap).toBeLessThan(1);
    expect(reportOf([a, c]).ceiling!.ap).toBeCloseTo(1, 9);
    expect(reportOf([a, c]).ceiling!.pictures).toBe(2);
    expect(reportOf([b]).ceiling!.ap).toBe(0);
    // Another list's entries have none, whatever they are called; and none is of a ruler that did not look.
    expect(reportOf([a, { ...c, prompt: 'a child' }]).ceiling).toBeNull();
    expect(reportOf([a, { ...c, name: 'd' }]).ceiling).toBeNull();
    expect(reportOf([a, { ...c, name: 'd' }]).shareOfCeiling).toBeNull();
    expect(reportOf([a], ['own', 'movenet']).ceiling).toBeNull();
    expect(Object.keys(reportOf([a], ['movenet', 'own']).ceiling!.rulers)).toEqual(['movenet']);
  });
});

describe('a report', () => {
  it('has the figures of everything, by people and by view', async () => {
    const { make, rulers } = bench(({ poses }) => (poses!.length > 1 ? 90 : 0));
    const results = await runEvaluation({ ...base, make, rulers, out });
    const report = evaluationReport(entries, results, facts);
    expect(report.byPeople['1']!.ap).toBeCloseTo(1, 9);
    expect(report.byPeople['2']!.ap).toBe(0);
    expect(Object.keys(report.byView)).toEqual(['front', 'side', 'rear']);
    expect(report.byView.rear!.ap).toBe(0);
    expect(report.ap).toBe(report.rulers.movenet!.ap);
    // One person was found unaided in each picture, where one, two and one were asked for.
    expect(report.pce).toBeCloseTo(1 / 3, 12);
    expect(report.ceiling).toBeNull();
    expect(report.colour).toBeNull();
    expect(report.perPicture.map(({ rulers }) => rulers.movenet!.similarities.length)).toEqual([1, 2, 1]);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });

  it('does not count a guess as a person', async () => {
    const { make, rulers } = bench(() => 255);
    const results = await runEvaluation({ ...base, make, rulers, out });
    const report = evaluationReport(entries, results, facts);
    expect([report.ap, report.ar, report.pce]).toEqual([0, 0, 4 / 3]);
  });

  it('is a page too, which escapes what lists say', async () => {
    const list = entries.map((entry) => ({ ...entry, prompt: '<script>alert("x")</script>' }));
    const { make, rulers } = bench(({ seed }) => seed! % 20);
    const results = await runEvaluation({ ...base, entries: list, make, rulers, out });
    const report = evaluationReport(list, results, facts);
    const measured = results.map((result) => ({
      entry: list.find(({ name }) => name === result.name)!,
      result,
    }));
    const page = reportPage(report, measured);
    expect(page).not.toContain('<script>');
    expect(page).toContain('src="pictures/a-seed0.png"');
    // Every picture and every drawing says in words what it shows.
    expect(page.match(/<img /g)!.length).toBe(page.match(/<img [^>]*alt="[^"]+"/g)!.length);
    expect(page.match(/<svg /g)!.length).toBe(page.match(/<svg [^>]*aria-label="[^"]+"/g)!.length);
  });
});

describe('a list of poses', () => {
  const pose = Array.from({ length: 17 }, (_, i) => [i, 2 * i, i === 3 ? 0 : 0.5]);

  it('needs prompt, size and poses only; an absent keypoint is marked', () => {
    const [entry] = parseEvaluationList(
      [{ prompt: 'a man', width: 256, height: 256, view: 'three-quarter', poses: [pose] }],
      '/lists/one.json',
    );
    expect(entry).toMatchObject({ name: '1', view: 'front' });
    expect(entry!.poses[0]![3]).toEqual([-1, -1, 0]);
    expect(entry!.poses[0]![4]).toEqual([4, 8, 0.5]);
  });

  it('gives every entry a name of its own, and finds pictures beside the list', () => {
    const one = { name: '../x', prompt: '', width: 64, height: 64, poses: [], picture: 'p.png' };
    const list = parseEvaluationList([one, one], '/lists/two.json');
    expect(list[0]!.name).not.toContain('/');
    expect(list[0]!.name).not.toBe(list[1]!.name);
    expect(list[0]!.picture).toBe('/lists/p.png');
  });

  it('says where it is wrong', () => {
    const wrong = [{ prompt: 'a', width: 64, height: 64, poses: [pose.slice(1)] }];
    expect(() => parseEvaluationList(wrong, 'list.json')).toThrow(/list\.json .*0\.poses\.0/);
    expect(() => parseEvaluationList([], 'list.json')).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });
});

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng, encodePng, pngSize } from '@stable-pose/core';
import { type EvaluationReport, readDataset } from '@stable-pose/evaluation';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { readTrainingBudget } from '../../packages/cli/src/evaluation/read-training-budget.ts';
import { createProgram } from '../../packages/cli/src/program.ts';
import { makeTinyFolder } from '../models/tiny-folder.ts';

/** A random model, MoveNet itself: what is tested is that everything works together. */
let folder: string;
let tiny: ReturnType<typeof makeTinyFolder>;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-evaluate-'));
  tiny = makeTinyFolder();
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  tiny.remove();
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

async function run(...words: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text: string | Uint8Array) => {
    printed += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation(() => true);
  await createProgram().exitOverride().parseAsync(words, { from: 'user' });
  return printed;
}

/** What the small model's config says, and more. */
function writeConfig({ training }: { readonly training?: unknown }): void {
  const file = join(tiny.folder, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...config, training }));
}

/** The first entries of the list that ships, with a picture of somebody for the ruler. */
function writeList(): string {
  const shipped = JSON.parse(
    readFileSync(new URL('../../packages/evaluation/lists/held-out.json', import.meta.url), 'utf8'),
  ) as Record<string, unknown>[];
  const person = decodePng(readFileSync(new URL('../golden/held-out-render.png', import.meta.url)));
  writeFileSync(join(folder, 'person.png'), encodePng(person));
  const [one, two] = shipped;
  const list = [
    { ...one, picture: 'person.png' },
    { prompt: two!.prompt, width: 64, height: 64, view: 'side', poses: two!.poses },
  ];
  const file = join(folder, 'list.json');
  writeFileSync(file, JSON.stringify(list));
  return file;
}

describe('stable-pose evaluate', () => {
  it('draws, measures and reports, and goes on from a part', async () => {
    // Our own network as a second ruler, with the weights of its tests.
    vi.stubEnv('STABLE_POSE_EYES', fileURLToPath(new URL('../golden/eyes', import.meta.url)));
    const out = join(folder, 'run');
    const budget = { steps: 200, rows: 9600, seed: 3 };
    writeConfig({ training: budget });
    const command = [
      'evaluate',
      '--poses',
      writeList(),
      '--model',
      tiny.folder,
      '--device',
      'cpu',
      '--steps',
      '1',
    ];
    command.push('--threads', '1', '--out', out);
    await run(...command, '--limit', '1');
    const part = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as EvaluationReport;
    // MoveNet finds the person of the held-out render where the list says that he is.
    expect(part.ceiling!.ap50).toBeCloseTo(1, 9);
    expect(part.ceiling!.byView.front!.ap).toBe(part.ceiling!.ap);
    const before = readFileSync(join(out, 'results.jsonl'), 'utf8');
    // Goes on with the same model, by the name of one that was pulled.
    vi.stubEnv('STABLE_POSE_MODELS', dirname(tiny.folder));
    const printed = await run(...command.map((word) => (word === tiny.folder ? basename(word) : word)));
    expect(printed).toContain('report.html');
    expect(printed).toContain(`stable-pose compare ${join(out, 'report.json')}`);
    expect(readFileSync(join(out, 'results.jsonl'), 'utf8').startsWith(before)).toBe(true);
    const report = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as EvaluationReport;
    for (const key of ['ap', 'ap50', 'ap75', 'ar', 'sap', 'pce'] as const) {
      expect(report[key], key).toBe(report.rulers.movenet![key]);
      expect(report[key], key).toBeGreaterThanOrEqual(0);
    }
    expect(Object.keys(report.byView)).toEqual(['front', 'side']);
    expect(report.byPeople['1']!.pictures).toBe(2);
    // The second entry has no picture, and is none of the list that ships.
    expect(report.ceiling).toBeNull();
    expect(Object.keys(report.rulers)).toEqual(['movenet', 'own']);
    expect(report.rulers.own!.pictures).toBe(2);
    expect(report.weights['ruler own/eyes.safetensors']).toMatch(/^[0-9a-f]{64}$/);
    expect(report.seeds).toEqual([0]);
    expect(report.budget).toEqual(budget);
    expect(report.settings.steps).toBe(1);
    expect(Object.keys(report.weights).some((name) => name.startsWith('model'))).toBe(true);
    expect(report.weights['ruler movenet']).toMatch(/^[0-9a-f]{64}$/);
    expect(report.command).toBeTypeOf('string');
    expect(existsSync(join(out, 'report.html'))).toBe(true);
    const sheet = decodePng(readFileSync(join(out, 'sheet.png')));
    // Two pictures of a row of four, each with its skeleton on black.
    expect([sheet.width, sheet.height]).toEqual([1320, 176]);
    const pixel = (x: number, y: number) => [...sheet.data.subarray((y * sheet.width + x) * 3).slice(0, 3)];
    expect(pixel(8 + 160 + 2, 10)).toEqual([0, 0, 0]);
    expect(pixel(8 + 328 + 160 + 2, 10)).toEqual([0, 0, 0]);
    expect(pixel(8 + 2 * 328 + 160 + 2, 10)).toEqual([255, 255, 255]);
    const picture = readFileSync(join(out, 'pictures', `${report.perPicture[1]!.name}-seed0.png`));
    expect(pngSize(picture)).toMatchObject({ width: 64, height: 64 });
  }, 300_000);

  it('makes a table of reports', async () => {
    const report = join(folder, 'run', 'report.json');
    expect(await run('compare', report)).toContain('measured by movenet');
    expect(await run('compare', report, '--ruler', 'own')).toContain('measured by own');
    await expect(run('compare', join(folder, 'list.json'))).rejects.toMatchObject({ code: 'invalid-input' });
    for (const [text, words] of [
      ['{', /broken\.json is not JSON/],
      ['null', /broken\.json is no report/],
    ] as const) {
      writeFileSync(join(folder, 'broken.json'), text);
      await expect(run('compare', join(folder, 'broken.json'))).rejects.toThrow(words);
    }
    const old = join(folder, 'old.json');
    writeFileSync(old, JSON.stringify({ ...JSON.parse(readFileSync(report, 'utf8')), version: 1 }));
    await expect(run('compare', old)).rejects.toThrow(/version 1, and version 2 was expected/);
  });

  it('fills every place of a page from the folder that it names', async () => {
    const reports = join(folder, 'reports');
    mkdirSync(join(reports, 'arms'), { recursive: true });
    const report = JSON.parse(readFileSync(join(folder, 'run', 'report.json'), 'utf8')) as EvaluationReport;
    writeFileSync(join(reports, 'one.json'), JSON.stringify(report));
    writeFileSync(join(reports, 'arms', 'two.json'), JSON.stringify({ ...report, method: 'ControlNet' }));
    const page = join(folder, 'page.md');
    const place = (name: string) => `<!-- table${name}: begin -->\nold\n<!-- table${name}: end -->`;
    writeFileSync(page, `before\n${place('')}\nbetween\n${place(' arms')}\nafter\n`);
    await run('compare', reports, '--into', page);
    const text = readFileSync(page, 'utf8');
    const [first, second] = text.split('between') as [string, string];
    expect(text).not.toContain('old');
    expect(first).toContain('| Stable-Pose | 1 | 200 | 9,600 |');
    expect(first).not.toContain('ControlNet');
    expect(second).toContain('| ControlNet | 1 | 200 | 9,600 |');
    expect(second.endsWith('<!-- table arms: end -->\nafter\n')).toBe(true);
    writeFileSync(page, 'nothing here');
    await expect(run('compare', reports, '--into', page)).rejects.toThrow(/no place for the tables/);
    writeFileSync(page, '<!-- table: begin -->');
    await expect(run('compare', reports, '--into', page)).rejects.toThrow(/where a table ends/);
  });
});

describe('the training budget in a config', () => {
  it('is none where nothing is said, and refused where it is not whole', async () => {
    writeConfig({});
    expect(await readTrainingBudget(tiny.folder)).toBeNull();
    writeConfig({ training: { steps: 200, rows: 'many', seed: 0 } });
    await expect(readTrainingBudget(tiny.folder)).rejects.toMatchObject({ code: 'invalid-input' });
    // Beside a file of weights as well.
    writeConfig({ training: { steps: 1, rows: 2, seed: 0 } });
    expect(await readTrainingBudget(join(tiny.folder, 'tiny.safetensors'))).toMatchObject({ rows: 2 });
  });
});

describe('stable-pose prepare', () => {
  it('finds the people of pictures and writes what training reads', async () => {
    writeList();
    const frames = join(folder, 'frames');
    mkdirSync(frames);
    copyFileSync(join(folder, 'person.png'), join(frames, 'person.png'));
    const out = join(folder, 'prepared');
    await run('prepare', frames, '--out', out, '--prompt', 'a man', '--threads', '1');
    const set = await readDataset(out);
    expect(set.pictures).toHaveLength(1);
    expect(set.pictures[0]).toMatchObject({
      name: 'person',
      prompt: 'a man',
      file: join(frames, 'person.png'),
    });
    expect(await set.pictures[0]!.poses!()).toHaveLength(1);
  });
});

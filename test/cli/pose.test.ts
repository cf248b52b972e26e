import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { comfyUiJson, decodePng, drawOpenPose, drawPoses, type Pose, readPoses } from '@stable-pose/core';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { createProgram } from '../../packages/cli/src/program.ts';

const size = { width: 320, height: 256 };
const pose: Pose = {
  keypoints: Array.from({ length: 17 }, (_, i) => [20 + 15 * i, 30 + 11 * i, 1] as const),
  hands: { left: Array.from({ length: 21 }, (_, i) => [100 + i, 90 + 2 * i, 1] as const) },
};
let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-pose-'));
  file = join(folder, 'some-name.txt');
  writeFileSync(file, JSON.stringify(comfyUiJson.write([pose], size)));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.restoreAllMocks());

async function run(...words: string[]): Promise<{ out: string; told: string }> {
  const printed = { out: '', told: '' };
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed.out += text;
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed.told += text;
    return true;
  });
  await createProgram().parseAsync(['node', 'stable-pose', 'pose', ...words]);
  return printed;
}

it('pose convert writes another form, scaled to the asked size, and says what was lost', async () => {
  const { out, told } = await run('convert', file, '--to', 'krita-svg', '-W', '640', '-H', '512');
  const reading = readPoses(out);
  expect(reading).toMatchObject({ format: 'krita-svg', width: 640, height: 512 });
  expect(reading.poses[0].keypoints[3]).toEqual([130, 126, 1]);
  expect(told).toMatch(/Read as comfyui\.\nHands were left out/);
});

it('pose draw writes the pixels that each kind of model is given, and smooth SVG', async () => {
  const png = join(folder, 'skeleton.png');
  await run('draw', file, '--out', png);
  expect(decodePng(readFileSync(png)).data).toEqual(drawPoses([pose], size).data);
  await run('draw', file, '--out', png, '--style', 'openpose');
  expect(decodePng(readFileSync(png)).data).toEqual(drawOpenPose([pose], size).data);
  const svg = join(folder, 'skeleton.svg');
  await run('draw', file, '--out', svg);
  expect(readFileSync(svg, 'utf8').match(/<line /g)).toHaveLength(16);
  await expect(run('draw', file, '--out', join(folder, 'skeleton.bmp'))).rejects.toMatchObject({
    code: 'invalid-input',
  });
});

it('pose convert says what is missing', async () => {
  await expect(run('convert', join(folder, 'nowhere.json'), '--to', 'openpose')).rejects.toMatchObject({
    code: 'file-not-found',
  });
  const sizeless = join(folder, 'sizeless.json');
  writeFileSync(
    sizeless,
    JSON.stringify([{ image_id: 1, category_id: 1, keypoints: pose.keypoints.flat() }]),
  );
  await expect(run('convert', sizeless, '--to', 'openpose')).rejects.toThrow(/--width and --height/);
});

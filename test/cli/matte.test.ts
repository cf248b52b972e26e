import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { decodePng, encodePng, raster } from '@stable-pose/core';
import { afterAll, afterEach, expect, it, vi } from 'vitest';
import { matteCommand } from '../../packages/cli/src/commands/matte.ts';

const folder = mkdtempSync(join(tmpdir(), 'stable-pose-matte-'));
const picture = join(folder, 'picture.png');
writeFileSync(picture, encodePng(raster(70, 40, 3)));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const run = (...words: string[]) =>
  matteCommand()
    .exitOverride()
    .parseAsync(['node', 'matte', ...words]);

it('writes the picture’s people with alpha, by the network that a variable names', {
  timeout: 120_000,
}, async () => {
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
  vi.stubEnv('STABLE_POSE_EYES', fileURLToPath(new URL('../golden/eyes', import.meta.url)));
  await run(picture, '--threads', '1');
  const cut = decodePng(readFileSync(join(folder, 'picture-matte.png')));
  expect([cut.width, cut.height, cut.channels]).toEqual([70, 40, 4]);
});

it('says where the network was looked for when it is not installed', { timeout: 120_000 }, async () => {
  vi.stubEnv('STABLE_POSE_EYES', join(folder, 'nowhere'));
  const out = join(folder, 'none.png');
  await expect(run(picture, '--threads', '1', '--out', out)).rejects.toMatchObject({
    code: 'model-not-found',
  });
  expect(existsSync(out)).toBe(false);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { convert } from '../../models/src/convert/convert.ts';
import { createProgram } from '../../packages/cli/src/program.ts';
import { makeTinyFolder } from '../models/tiny-folder.ts';

const folder = mkdtempSync(join(tmpdir(), 'stable-pose-verify-'));
const converted = join(folder, 'converted');
const tiny = makeTinyFolder();
beforeAll(async () => {
  await convert({ source: { path: tiny.folder }, out: converted, precision: 'fp16' });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  tiny.remove();
});
afterEach(() => void vi.restoreAllMocks());

async function inspect(...words: string[]): Promise<string> {
  let printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += text;
    return true;
  });
  await createProgram().parseAsync(['node', 'stable-pose', 'models', 'inspect', ...words]);
  return printed;
}

describe('models inspect --verify', () => {
  it('says that every file of a converted model is as it was written', async () => {
    expect(await inspect(converted, '--verify')).toMatch(
      /^All \d+ files are as they were written \(.*, by SHA-256\)\.$/m,
    );
    const { verified } = JSON.parse(await inspect(converted, '--verify', '--json'));
    expect(verified).toContainEqual(expect.objectContaining({ path: 'unet.safetensors' }));
    expect(await inspect(converted)).not.toContain('as they were written');
  });

  it('names the files that are not, though they open and have their size', async () => {
    const file = join(converted, 'unet.safetensors');
    const whole = readFileSync(file);
    const changed = Buffer.from(whole);
    changed[changed.length - 1]! ^= 1;
    writeFileSync(file, changed);
    expect(await inspect(converted)).toContain('A model: ');
    await expect(inspect(converted, '--verify')).rejects.toMatchObject({
      code: 'model-corrupt',
      message: expect.stringContaining('unet.safetensors'),
    });
    writeFileSync(file, whole);
  });

  it('says which models have no hashes', async () => {
    await expect(inspect(tiny.folder, '--verify')).rejects.toMatchObject({
      code: 'model-not-found',
      message: expect.stringContaining('is no converted model'),
    });
  });
});

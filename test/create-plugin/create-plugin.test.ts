import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPlugin } from '../../packages/create-plugin/src/index.ts';

// What the template's own test holds, without a scaffold: the adapter in it keeps every rule.
// test/packages installs a scaffold from the packed packages and runs it.
import '../../packages/create-plugin/template/test/my-host.test.ts';

const root = resolve(fileURLToPath(new URL('../..', import.meta.url)));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'create-plugin-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const json = (path: string) =>
  JSON.parse(readFileSync(path, 'utf8')) as Record<string, Record<string, string>>;

describe('createPlugin', () => {
  it('writes a package that has the name of its folder', async () => {
    const place = join(folder, 'pose-for-paint');
    expect(await createPlugin(place)).toEqual({ folder: place, name: 'pose-for-paint' });
    expect(json(join(place, 'package.json')).name).toBe('pose-for-paint');
    const files = readdirSync(place, { recursive: true }).map(String).sort();
    expect(files).toEqual([
      '.gitignore',
      'README.md',
      'package.json',
      'src',
      'src/main.ts',
      'src/my-editor.ts',
      'src/my-host.ts',
      'test',
      'test/my-host.test.ts',
      'tsconfig.json',
    ]);
  });

  it('takes an empty folder, and one in which git was just started', async () => {
    const place = join(folder, 'plugin');
    mkdirSync(join(place, '.git'), { recursive: true });
    await expect(createPlugin(place)).resolves.toMatchObject({ name: 'plugin' });
  });

  it('refuses a folder that holds something, and leaves it as it was', async () => {
    const place = join(folder, 'plugin');
    mkdirSync(place);
    writeFileSync(join(place, 'notes.txt'), 'mine');
    await expect(createPlugin(place)).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/empty folder was expected, but .*plugin holds notes\.txt\./),
    });
    expect(readdirSync(place)).toEqual(['notes.txt']);
  });

  it('refuses a file, and a name that no package can have', async () => {
    writeFileSync(join(folder, 'plugin'), '');
    await expect(createPlugin(join(folder, 'plugin'))).rejects.toMatchObject({
      code: 'invalid-input',
      message: expect.stringMatching(/is a file/),
    });
    await expect(createPlugin(join(folder, 'My Plugin'))).rejects.toMatchObject({ code: 'invalid-input' });
    expect(readdirSync(folder)).toEqual(['plugin']);
  });

  it('asks for the packages that are published beside it, and for what is tested here', () => {
    const { dependencies, devDependencies } = json(
      join(root, 'packages/create-plugin/template/package.json'),
    );
    const ours = json(join(root, 'package.json')).devDependencies;
    expect(dependencies['@stable-pose/sdk']).toBe(json(join(root, 'packages/sdk/package.json')).version);
    const { '@stable-pose/sdk': _, ...others } = { ...dependencies, ...devDependencies };
    for (const [name, version] of Object.entries(others)) expect(version, name).toBe(ours[name]);
  });
});

describe('the create-plugin command', () => {
  const run = (...args: string[]) =>
    spawnSync(
      process.execPath,
      ['--conditions=source', '--import', 'tsx', join(root, 'packages/create-plugin/src/main.ts'), ...args],
      { cwd: root, encoding: 'utf8' },
    );

  it('says what to do next', () => {
    const { status, stdout } = run(join(folder, 'plugin'));
    expect(status).toBe(0);
    expect(stdout).toMatch(/plugin is there[\s\S]*npm install[\s\S]*npm test/);
  });

  it('explains itself when it is given no folder', () => {
    const { status, stderr } = run('--help');
    expect(status).toBe(2);
    expect(stderr).toBe(
      'The name of one new folder was expected. Try: npm create @stable-pose/plugin my-plugin\n',
    );
  });
});

import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTinyFolder } from '../models/tiny-folder.ts';
import { chromiumPath, openChromium } from '../support/open-chromium.ts';
import { type ServedFile, serveFiles } from '../support/serve-files.ts';
import { buildWhenStale, publicPackages, root, withDependencies } from './public-packages.ts';

const packages = publicPackages();
const versionOf = (name: string) =>
  (JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')) as { version: string })
    .version;
let folder: string;
/** By package name. */
const tarballs = new Map<string, string>();

function ran({ status, stdout, stderr }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw new Error(`It ended with ${status}.\n${stdout}\n${stderr}`);
  return stdout;
}

const npm = (cwd: string, ...args: string[]) => ran(spawnSync('npm', args, { cwd, encoding: 'utf8' }));

beforeAll(() => {
  buildWhenStale(packages);
  folder = mkdtempSync(join(tmpdir(), 'stable-pose-packages-'));
  const places = packages.flatMap((one) => ['-w', one.folder]);
  const packed = npm(root, 'pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...places);
  for (const { name, filename } of JSON.parse(packed) as { name: string; filename: string }[]) {
    tarballs.set(name, join(folder, basename(filename)));
  }
}, 1_200_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('each package, packed', () => {
  it.each(packages.map(({ name }) => [name]))('%s is sound by publint', async (name) => {
    const tarball = readFileSync(tarballs.get(name) ?? '');
    const content = tarball.buffer.slice(
      tarball.byteOffset,
      tarball.byteOffset + tarball.length,
    ) as ArrayBuffer;
    const { messages, pkg } = await publint({ pack: { tarball: content } });
    const wrong = messages.filter(({ type }) => type !== 'suggestion');
    expect(wrong.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
  });

  it.each(packages.filter(({ manifest }) => hasTypes(manifest.exports)).map(({ name }) => [name]))(
    '%s has types wherever it has code',
    (name) => {
      const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
      // ESM alone: what `require` and old resolution cannot have is no fault.
      const args = [
        attw,
        tarballs.get(name) ?? '',
        '--profile',
        'esm-only',
        '--no-emoji',
        '--format',
        'ascii',
        // A worker's script, loaded by its address and imported by nobody.
        ...(name === '@stable-pose/sdk' ? ['--exclude-entrypoints', './web/worker.classic.js'] : []),
      ];
      const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
      expect(status, `${stdout}\n${stderr}`).toBe(0);
    },
    300_000,
  );

  it('carries its licence, its card and nothing of the sources', () => {
    for (const [name, tarball] of tarballs) {
      const names = ran(spawnSync('tar', ['tzf', tarball], { encoding: 'utf8' }))
        .trim()
        .split('\n');
      expect(names, name).toContain('package/README.md');
      expect(names, name).toContain('package/LICENSE');
      expect(
        names.filter((file) => /package\/(src|test|node_modules)\/|\.env|\.npmrc/.test(file)),
        name,
      ).toEqual([]);
    }
  });
});

describe("the SDK's doors", () => {
  /** What a bundler makes of an entry for a page, and of which files. */
  async function bundle(entry: string) {
    const result = await build({
      stdin: { contents: `export * from ${JSON.stringify(entry)};`, resolveDir: root },
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      platform: 'browser',
      metafile: true,
      conditions: ['import', 'default'],
      logLevel: 'silent',
    });
    const [output] = result.outputFiles;
    return { files: Object.keys(result.metafile.inputs), gzipped: gzipSync(output.contents).length };
  }

  // All that a door offers, nothing shaken off. A caller who imports one function gets a part of it. A sixth above what it is,
  // so that onnxruntime's smallest build (24 kB) would not fit.
  it.each([
    // The pipeline with its schedulers, and validation (zod), which is a third of it.
    ['@stable-pose/sdk', 120_000],
    ['@stable-pose/sdk/remote', 75_000],
    ['@stable-pose/sdk/testing', 85_000],
  ])('%s brings no runtime and stays below %i bytes gzipped', async (entry, limit) => {
    const { files, gzipped } = await bundle(entry);
    expect(files.filter((file) => /onnxruntime|@huggingface\/hub|models\/(src|dist)/.test(file))).toEqual([]);
    expect(gzipped).toBeLessThan(limit);
  });
});

describe('the packed SDK in an empty folder', () => {
  let place: string;
  const node = (file: string, ...args: string[]) =>
    ran(
      spawnSync(process.execPath, [file, ...args], {
        cwd: place,
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', STABLE_POSE_MODELS: join(place, 'models') },
      }),
    );

  beforeAll(() => {
    place = join(folder, 'stranger');
    mkdirSync(place);
    writeFileSync(join(place, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const ours = withDependencies(['@stable-pose/sdk']).map(({ name }) => tarballs.get(name) ?? '');
    // Its install script fetches a CUDA build from elsewhere, which nobody asked for here.
    const others = [
      `onnxruntime-node@${versionOf('onnxruntime-node')}`,
      `@types/node@${versionOf('@types/node')}`,
      // For the page.
      `onnxruntime-web@${versionOf('onnxruntime-web')}`,
      `vite@${versionOf('vite')}`,
    ];
    const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    npm(place, 'install', ...quiet, ...ours, ...others);
    cpSync(join(root, 'packages/sdk/examples'), join(place, 'examples'), { recursive: true });
  }, 900_000);

  it('runs the examples in Node', () => {
    node('examples/01-picture-in-node/index.mjs');
    expect(existsSync(join(place, 'waving.png'))).toBe(true);
    expect(node('examples/02-progress-and-cancel/index.mjs')).toMatch(/Cancelled/);
    expect(node('examples/03-pose-from-json/index.mjs')).toMatch(/2 people/);
    expect(node('examples/04-host-adapter/index.mjs')).toMatch(/after undo \[ 0, 0, 0, 0 \]/);
    expect(node('examples/05-conformance/index.mjs')).toMatch(/ 0 broken/);
    expect(node('examples/06-into-a-host/index.mjs')).toMatch(/1 picture/);
    expect(node('examples/07-engine/index.mjs')).toMatch(/ 0 broken/);
    const tiny = makeTinyFolder();
    try {
      expect(node('examples/08-pull-a-model/index.mjs', tiny.folder)).toMatch(/here: /);
    } finally {
      tiny.remove();
    }
  }, 900_000);

  it('runs the example of a server, against the packed command', async () => {
    const home = join(folder, 'server');
    mkdirSync(home);
    writeFileSync(join(home, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const ours = withDependencies(['@stable-pose/cli']).map(({ name }) => tarballs.get(name) ?? '');
    npm(home, 'install', ...quiet, ...ours);
    const command = join(home, 'node_modules/.bin/stable-pose');
    const server = spawn(command, ['serve', '--data', join(home, 'data')], {
      cwd: home,
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let said = '';
      for await (const line of createInterface(server.stdout)) {
        said += `${line}\n`;
        if (line.startsWith('Pages of')) break;
      }
      const [, url] = /Serving at (\S+)\. /.exec(said) ?? [];
      const [token] = /sp_[\w-]{43}/.exec(said) ?? [];
      // Its own process, and not blocking this one, which hears the server.
      const example = spawn(
        process.execPath,
        ['examples/09-from-a-server/index.mjs', url ?? '', token ?? ''],
        { cwd: place, stdio: 'inherit' },
      );
      expect(await once(example, 'exit')).toEqual([0, null]);
      expect(existsSync(join(place, 'from-a-server.png'))).toBe(true);
    } finally {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  }, 900_000);

  it.skipIf(!chromiumPath)(
    'runs the example of a page in Chromium, as vite builds it there',
    async () => {
      const vite = join('node_modules/vite/bin/vite.js');
      node(vite, 'build', 'examples/10-in-a-page', '--outDir', join(place, 'page'), '--emptyOutDir');
      const files: Record<string, ServedFile> = {};
      for (const name of readdirSync(join(place, 'page'), { recursive: true, encoding: 'utf8' })) {
        files[`/${name.replaceAll('\\', '/')}`] = join(place, 'page', name);
      }
      const server = await serveFiles(files);
      const browser = await openChromium();
      try {
        const tab = await browser.context.newPage();
        tab.setDefaultTimeout(300_000);
        const errors: string[] = [];
        tab.on('pageerror', ({ message }) => errors.push(message));
        await tab.goto(`${server.url}/index.html`);
        const output = tab.locator('output');
        await expect.poll(() => output.textContent(), { timeout: 300_000 }).toMatch(/^Ready: /);
        await tab.fill('[name=steps]', '2');
        await tab.click('text=Draw');
        await expect.poll(() => output.textContent(), { timeout: 300_000 }).toBe('Done');
        expect(errors).toEqual([]);
      } finally {
        await browser.close();
        await server.close();
      }
    },
    900_000,
  );

  it.each(['NodeNext', 'Bundler'])(
    'gives its types to a caller who resolves by %s',
    (resolution) => {
      const types = join(place, `types-${resolution}`);
      cpSync(join(root, 'test/types'), types, { recursive: true });
      const examples = readdirSync(join(place, 'examples')).filter((name) => /^0\d-/.test(name));
      writeFileSync(
        join(types, 'tsconfig.json'),
        JSON.stringify({
          compilerOptions: {
            target: 'ES2022',
            lib: ['ES2023', 'DOM', 'DOM.Iterable'],
            module: resolution === 'NodeNext' ? 'NodeNext' : 'ESNext',
            moduleResolution: resolution,
            strict: true,
            noEmit: true,
            // Examples are JavaScript whose types are in their comments.
            allowJs: true,
            checkJs: true,
            resolveJsonModule: true,
            skipLibCheck: false,
            types: ['node'],
          },
          include: ['*.ts', ...examples.map((name) => `../examples/${name}/*.mjs`)],
        }),
      );
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', types], {
        cwd: place,
        encoding: 'utf8',
      });
      expect(status, stdout).toBe(0);
    },
    300_000,
  );
});

describe('a plug-in made by the packed scaffolder', () => {
  it('is type-checked, keeps every rule of a host and makes a picture', () => {
    const scaffolder = join(folder, 'scaffolder');
    mkdirSync(scaffolder);
    writeFileSync(join(scaffolder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
    const packed = (name: string) => withDependencies([name]).map((one) => tarballs.get(one.name) ?? '');
    npm(scaffolder, 'install', ...quiet, ...packed('@stable-pose/create-plugin'));
    npm(scaffolder, 'exec', '--no', '--', 'create-plugin', '../my-plugin');

    const plugin = join(folder, 'my-plugin');
    npm(plugin, 'install', ...quiet, ...packed('@stable-pose/sdk'));
    npm(plugin, 'run', 'types');
    expect(npm(plugin, 'test')).toMatch(/Tests .*passed/);
    expect(npm(plugin, 'start')).toMatch(/1 picture in the document/);
    expect(existsSync(join(plugin, 'picture.png'))).toBe(true);
  }, 1_200_000);
});

function hasTypes(exports: (typeof packages)[number]['manifest']['exports']): boolean {
  return Object.values(exports ?? {}).some(
    (target) => typeof target !== 'string' && target.types !== undefined,
  );
}

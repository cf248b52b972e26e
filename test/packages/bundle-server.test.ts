import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { RemoteEngine } from '@stable-pose/sdk/remote';
import { standingPose } from '@stable-pose/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleReadMe } from '../../packages/cli/bundle/bundle-read-me.ts';
import { type Bundle, bundleServer } from '../../packages/cli/bundle/bundle-server.ts';
import { filesBelow } from '../../packages/cli/bundle/files-below.ts';
import { nativeFile } from '../../packages/cli/bundle/native-file.ts';
import { nodeVersion, platforms, thisPlatform } from '../../packages/cli/bundle/platforms.ts';
import { startScripts } from '../../packages/cli/bundle/start-scripts.ts';
import { buildWhenStale, publicPackages, root } from './public-packages.ts';

const own = thisPlatform();
const place = mkdtempSync(join(tmpdir(), 'stable-pose-bundle-'));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe.skipIf(own?.os !== 'linux')('the bundle for people without Node', () => {
  let bundle: Bundle;
  /** A computer on which there is no Node, and no other program either. */
  const bare = { HOME: join(place, 'home'), PATH: join(place, 'empty') };

  beforeAll(() => {
    buildWhenStale(publicPackages());
    if (!existsSync(join(root, 'packages/studio/dist/page/index.html'))) {
      const vite = join(root, 'node_modules/vite/bin/vite.js');
      const args = [vite, 'build', '-c', 'packages/studio/vite.config.mjs'];
      const { status, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      if (status !== 0) throw new Error(stderr);
    }
    // A blank in its path, as people's folders have.
    bundle = bundleServer(root, own!, join(place, 'my programs'));
    mkdirSync(bare.PATH);
    mkdirSync(bare.HOME);
  }, 1_800_000);

  it('holds binaries of its own computer alone, and no others than it needs', () => {
    const native = filesBelow(bundle.folder).flatMap((path) => {
      const found = nativeFile(path);
      return found ? [{ name: basename(path), ...found }] : [];
    });
    expect(native.filter(({ os, cpu }) => os !== own?.os || cpu !== own?.cpu)).toEqual([]);
    expect(native.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['node', 'onnxruntime_binding.node', 'node.napi.glibc.node']),
    );
  });

  it('lies wherever it is carried: nothing in it is a link', () => {
    const links = readdirSync(bundle.folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isSymbolicLink(),
    );
    expect(links).toEqual([]);
  });

  it('says what it is, and carries the licences of all that is in it', () => {
    expect(readFileSync(join(bundle.folder, 'README.txt'), 'utf8')).toContain('./start.sh');
    const licences = readFileSync(join(bundle.folder, 'LICENCES.txt'), 'utf8');
    expect(licences).toContain('Node.js: MIT and others');
    expect(licences).toMatch(/onnxruntime-node 1\.\d+\.\d+: MIT/);
    expect(licences).toMatch(/^ *GNU LESSER GENERAL PUBLIC LICENSE/m);
    expect(licences).toMatch(/^ *GNU GENERAL PUBLIC LICENSE/m);
  });

  it('starts by its script without any Node, makes a picture, and stops politely', async () => {
    const port = await freePort();
    const server = spawn(join(bundle.folder, 'start.sh'), ['--port', String(port)], {
      cwd: place,
      env: bare,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(server, 'exit');
    try {
      const said = await untilSaid(server, /can read\.\n/);
      const [token] = /sp_[\w-]{43}/.exec(said) ?? [];
      const url = `http://127.0.0.1:${port}`;
      expect((await fetch(`${url}/health`)).status).toBe(200);

      const engine = new RemoteEngine({ url, token: token ?? '' });
      const [model] = await engine.models();
      expect(model?.id).toBe('Figurine');
      const { pictures } = await engine.generate({
        prompt: 'a man in a blue shirt',
        poses: [standingPose({ x: 64, y: 16, width: 128, height: 224 })],
        steps: 2,
        seed: 7,
      });
      expect(pictures).toHaveLength(1);
      expect(pictures[0].raster).toMatchObject({ width: 256, height: 256 });
      await engine.dispose();

      server.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      server.kill('SIGKILL');
    }
  }, 600_000);

  it('carries the studio too', async () => {
    const studio = spawn(join(bundle.folder, 'studio.sh'), ['--port', '0'], {
      cwd: '/',
      env: bare,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    try {
      const [url] = /http:\S+/.exec(await untilSaid(studio, /open at \S+/)) ?? [];
      const page = await fetch(url ?? '');
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<title>');
      for (const name of [
        'figurine/figurine.safetensors',
        'movenet/movenet-lightning.bin',
        'eyes/eyes.safetensors',
      ]) {
        expect((await fetch(`${url}models/${name}`, { method: 'HEAD' })).status, name).toBe(200);
      }
    } finally {
      studio.kill('SIGTERM');
      await once(studio, 'exit');
    }
  }, 120_000);
});

describe('what a bundle is made of', () => {
  it.each(platforms)('$name has start scripts and a page that speaks of them', (platform) => {
    const readMe = bundleReadMe(platform, '1.2.3');
    expect(readMe).toContain(nodeVersion);
    for (const { name, text } of startScripts(platform)) {
      expect(readMe).toContain(name);
      expect(text).toContain('@stable-pose');
      // A line end of the wrong kind breaks either shell.
      expect(/\r/.test(text)).toBe(platform.os === 'win32');
    }
  });

  it('tells binaries apart by their first bytes', () => {
    const file = join(place, 'binary');
    const read = (...parts: readonly [number, readonly number[]][]) => {
      const bytes = Buffer.alloc(256);
      for (const [at, values] of parts) bytes.set(values, at);
      writeFileSync(file, bytes);
      return nativeFile(file);
    };
    expect(read([0, [0x7f, 0x45, 0x4c, 0x46]], [18, [62, 0]])).toEqual({ os: 'linux', cpu: 'x64' });
    expect(read([0, [0x7f, 0x45, 0x4c, 0x46]], [18, [40, 0]])).toEqual({ os: 'linux', cpu: 'other' });
    expect(read([0, [0xcf, 0xfa, 0xed, 0xfe, 0x0c, 0, 0, 1]])).toEqual({ os: 'darwin', cpu: 'arm64' });
    expect(read([0, [0x4d, 0x5a]], [60, [128]], [128, [0x50, 0x45, 0, 0, 0x64, 0x86]])).toEqual({
      os: 'win32',
      cpu: 'x64',
    });
    expect(read([0, [0x4d, 0x5a]])).toBeUndefined();
  });
});

function freePort(): Promise<number> {
  return new Promise((done) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** What a process writes until it has written this. */
function untilSaid(child: ChildProcess, words: RegExp): Promise<string> {
  return new Promise((done, failed) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk;
      if (words.test(said)) done(said);
    };
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    child.once('exit', (code) => failed(new Error(`It ended with ${code}.\n${said}`)));
  });
}

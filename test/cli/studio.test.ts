import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineFiles } from '../../packages/cli/src/engine-files.ts';
import { type PageServer, servePage } from '../../packages/cli/src/serve-page.ts';
import { studioOrigin } from '../../packages/cli/src/studio-origin.ts';
import { killed } from '../support/program.ts';

/** As it is written: `fetch` would tidy the path. */
const statusOf = (url: string, path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(url);
    const asked = request({ host: '127.0.0.1', port, path }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });

describe('the page that stable-pose studio serves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'stable-pose-page-'));
  let server: PageServer;
  let files: Readonly<Record<string, string>>;
  beforeAll(async () => {
    writeFileSync(join(folder, 'index.html'), '<!doctype html>');
    files = await engineFiles();
    server = await servePage({ page: folder, models: files, port: 0 });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has the figurine, MoveNet and what else its engine needs, by the names that it answers', async () => {
    const answer = await fetch(`${server.url}models/`);
    // Without these headers WASM has one thread.
    expect(answer.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
    const names = (await answer.json()) as readonly string[];
    expect(names).toEqual(Object.keys(files));
    for (const name of [
      'figurine/config.json',
      'figurine/figurine.safetensors',
      'movenet/movenet-lightning.bin',
    ])
      expect(names).toContain(name);
    for (const name of names) {
      const head = await fetch(`${server.url}models/${name}`, { method: 'HEAD' });
      expect(Number(head.headers.get('content-length'))).toBe(statSync(files[name]).size);
    }
  });

  it('gives nothing that is not named, and nothing above its folders', async () => {
    for (const path of [
      '/models/figurine/README.md',
      '/models/figurine/../figurine/package.json',
      '/models/..%2f..%2fpackage.json',
      '/models/__proto__',
      '/models/toString',
      '/..%2f..%2fetc%2fpasswd',
    ])
      expect([path, await statusOf(server.url, path)]).toEqual([path, 404]);
    expect(await statusOf(server.url, '/')).toBe(200);
  });
});

describe('stable-pose serve', () => {
  it("lets this machine's studio in by itself, and no other page", { timeout: 300_000 }, async () => {
    const data = mkdtempSync(join(tmpdir(), 'stable-pose-serve-'));
    const program = ['--conditions=source', '--import', 'tsx', 'packages/cli/src/main.ts', 'serve'];
    const child = spawn(process.execPath, [...program, '--data', data, '--port', '17399'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      let url = '';
      for await (const line of createInterface({ input: child.stdout })) {
        url = /Serving at (\S+)\. /.exec(line)?.[1] ?? url;
        if (line.includes(studioOrigin)) break;
      }
      const admitted = async (origin: string) =>
        (await fetch(`${url}/health`, { headers: { Origin: origin } })).headers.get(
          'access-control-allow-origin',
        );
      expect(await admitted(studioOrigin)).toBe(studioOrigin);
      expect(await admitted('http://localhost:7868')).toBeNull();
    } finally {
      await killed(child);
      rmSync(data, { recursive: true, force: true });
    }
  });
});

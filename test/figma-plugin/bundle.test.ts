import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { serverPorts } from '@stable-pose/sdk/remote';
import { markedPicture, standingPose } from '@stable-pose/sdk/testing';
import { getQuickJS } from 'quickjs-emscripten';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFigmaPlugin } from '../../packages/figma-plugin/rollup.plugin.mjs';
import { namedPose } from '../../packages/figma-plugin/src/ui/named-poses.ts';
import { carriedFiles } from '../../packages/sdk/bundle/carried-engine.mjs';
import { ageRealm } from './support/age-realm.ts';
import { figmaBench } from './support/figma-bench.ts';

let out: string;
const read = (name: string) => readFile(join(out, name), 'utf8');

beforeAll(async () => {
  out = await mkdtemp(join(tmpdir(), 'figma-plugin-'));
  await buildFigmaPlugin(out);
}, 600_000);

afterAll(() => rm(out, { recursive: true, force: true }));

describe('the built plug-in', () => {
  it('has a manifest that names its files and no more of the network than the server', async () => {
    const manifest = JSON.parse(await read('manifest.json'));
    expect(manifest).toMatchObject({
      main: 'code.js',
      ui: 'ui.html',
      documentAccess: 'dynamic-page',
      editorType: ['figma'],
    });
    const { allowedDomains, reasoning } = manifest.networkAccess;
    expect(allowedDomains).toEqual(serverPorts.map((port) => `http://localhost:${port}`));
    // Figma asks for a reason wherever a domain is local.
    expect(reasoning.length).toBeGreaterThan(40);
    expect(manifest.relaunchButtons.map(({ command }: { command: string }) => command)).toEqual([
      'again',
      'open',
    ]);
  });

  it('has a main half that QuickJS, in which Figma runs it, takes', async () => {
    // Its parser stumbles where V8 does not: over `for (const x of yield* ...)`, for one.
    const vm = (await getQuickJS()).newContext();
    const taken = vm.evalCode(`(function () {${await read('code.js')}\n})`);
    const problem: unknown = taken.error ? vm.dump(taken.error) : undefined;
    (taken.error ?? taken.value).dispose();
    vm.dispose();
    expect(problem).toBeUndefined();
  });

  it('has one page with everything in it, 75 MB at most', async () => {
    const page = await read('ui.html');
    const opened = page.match(/<script/g)?.length;
    expect(page.match(/<\/script/g)).toHaveLength(opened ?? 0);
    expect(page).not.toMatch(/<link|<script[^>]+src=|@import/);
    expect(page).not.toMatch(/<!-- the|\/\* the opener/);
    expect(page.length).toBeLessThanOrEqual(75_000_000);
    expect(unpacked(page, 'studio.js').toString()).toContain('stablePoseCarriedEngine');
    // What is read before the panel shows, besides the panel itself, packed.
    const opener = page.slice(page.indexOf('<script>'), page.indexOf('</script', page.indexOf('<script>')));
    expect(opener.length).toBeLessThan(20_000);
    const engine = unpacked(page, 'engine.js').toString();
    expect(engine).not.toContain('</script');
    const wasm = unpacked(page, 'ort/wasm.wasm');
    expect(wasm.subarray(0, 4).toString('latin1')).toBe('\0asm');
    const config = JSON.parse(unpacked(page, 'figurine/config.json').toString());
    expect(config.name).toBe('Figurine');
    expect(unpacked(page, 'movenet/movenet-lightning.bin').length).toBe(4_650_216);
  });

  it('has a build without models, 12 MB at most, that names where they lie', async () => {
    const light = await mkdtemp(join(tmpdir(), 'figma-plugin-light-'));
    try {
      await buildFigmaPlugin(light, { models: 'https://models.example/pose/' });
      const page = await readFile(join(light, 'ui.html'), 'utf8');
      expect(page.length).toBeLessThanOrEqual(12_000_000);
      expect(page).not.toContain('data-file="figurine');
      expect(page).toContain('<meta name="stable-pose-models" content="https://models.example/pose/" />');
      const manifest = JSON.parse(await readFile(join(light, 'manifest.json'), 'utf8'));
      expect(manifest.networkAccess.allowedDomains).toContain('https://models.example');
      expect(manifest.networkAccess.reasoning).toContain('https://models.example');
      for (const wrong of ['http://models.example/', 'https://models.example/pose', 'https://a.example/"/'])
        await expect(buildFigmaPlugin(light, { models: wrong })).rejects.toThrow();
    } finally {
      await rm(light, { recursive: true, force: true });
    }
  }, 600_000);

  it('runs its main half in a realm of the language of 2017, behind the page', async () => {
    const code = await read('code.js');
    const bench = figmaBench((figma) => {
      // A fresh context has the language alone: no timers, no console, no fetch, no DOM.
      runInNewContext(`${ageRealm}${code}`, { figma, __html__: '<p>page</p>' });
    });
    expect(bench.simulator.ui.html).toBe('<p>page</p>');
    // The quick-action box, before anything is shown.
    expect(bench.simulator.type('pose', 'walk')[0]).toBe('walking');
    expect(bench.simulator.type('view', 'back view')).toEqual(['back']);
    expect(bench.simulator.type('pose', 'no such pose')).toEqual([]);
    const canvas = { width: 60, height: 40 };
    const pose = standingPose({ x: 5, y: 5, width: 20, height: 30 });
    await bench.open({ canvas, picture: markedPicture(60, 40), poses: [pose] });
    const { host } = bench;
    const { target, people, kind } = await host.readSelection();
    expect([kind, people]).toEqual(['canvas', 1]);
    const area = { x: 10, y: 10, width: 30, height: 20 };
    const picture = markedPicture(30, 20);
    const [id] = await host.place({ target, undoName: 'Place', pictures: [{ picture, area, name: 'One' }] });
    const seen = await host.readPixels(target, { area });
    expect([...seen.data.subarray(0, 3)]).toEqual([...picture.data.subarray(0, 3)]);
    await bench.selectPlaced?.(id);
    expect((await host.readSelection()).placed).toEqual({ id });
    await host.storage.settings.write('a', Uint8Array.of(1, 2));
    expect([...((await host.storage.settings.read('a')) ?? [])]).toEqual([1, 2]);
    await bench.closeDocument?.();
    await expect(host.readPoses(target)).rejects.toMatchObject({ code: 'host-target-gone' });
  });

  it('carries the poses that it suggests, from five sides', async () => {
    const page = await read('ui.html');
    const file = async () => new Blob([new Uint8Array(unpacked(page, 'poses.json'))]);
    const files = { has: () => true, read: file };
    const area = { x: 100, y: 50, width: 400, height: 200 };
    const front = await namedPose(files, 'Walking', '', area);
    const back = await namedPose(files, 'walking', 'Back view', area);
    const there = (pose: typeof front) => pose?.keypoints.filter(([, , c]) => c > 0) ?? [];
    expect(there(front).length).toBeGreaterThan(12);
    for (const [x, y] of [...there(front), ...there(back)]) {
      expect(x).toBeGreaterThanOrEqual(200);
      expect(x).toBeLessThanOrEqual(400);
      expect(y).toBeGreaterThanOrEqual(50);
      expect(y).toBeLessThanOrEqual(250);
    }
    // From behind the right shoulder is on the right, and the nose is hidden.
    expect(front!.keypoints[6][0]).toBeLessThan(front!.keypoints[5][0]);
    expect(back!.keypoints[6][0]).toBeGreaterThan(back!.keypoints[5][0]);
    expect(back!.keypoints[0]).toEqual([0, 0, 0]);
    expect(await namedPose(files, 'no such pose', 'front', area)).toBeUndefined();
  });

  it('carries the network that cuts people out where it was trained and put beside the figurine', async () => {
    const models = await mkdtemp(join(tmpdir(), 'figurine-'));
    try {
      for (const name of ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'])
        await symlink(resolve('models/figurine', name), join(models, name));
      const names = async () => {
        const found: string[] = [];
        for await (const [name] of carriedFiles({ withModels: true, models })) found.push(name);
        return found;
      };
      expect((await names()).filter((name) => name.startsWith('eyes/'))).toEqual([]);
      await mkdir(join(models, 'eyes'));
      for (const name of ['config.json', 'eyes.safetensors'])
        await writeFile(join(models, 'eyes', name), '{}');
      expect(await names()).toEqual(expect.arrayContaining(['eyes/config.json', 'eyes/eyes.safetensors']));
    } finally {
      await rm(models, { recursive: true, force: true });
    }
  }, 600_000);

  it('brings no library into the main half', async () => {
    // 40 kB in November 2026; a library that slipped in would be seen.
    expect((await read('code.js')).length).toBeLessThan(60_000);
  });
});

/** A file that the page carries. */
function unpacked(page: string, name: string): Buffer {
  const begin = `data-file="${name}">`;
  const at = page.indexOf(begin) + begin.length;
  return gunzipSync(Buffer.from(page.slice(at, page.indexOf('<', at)), 'base64'));
}

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createPersonMatter, createPipeline } from '@stable-pose/core';
import { createNodeRuntime } from '@stable-pose/core/onnx-node';
import { openAdapter, openEyes, openModel } from '@stable-pose/models';
import { moveNetPaths } from '@stable-pose/movenet';
import { markedPicture } from '@stable-pose/sdk/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterOf } from '../../support/adapter-of.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { figurineFiles, figurineFolder, openSite, type Site } from './open-site.ts';
import { psnr } from './psnr.ts';

const keypoints: [number, number, number][] = [
  [32, 10, 1],
  [33, 9, 1],
  [31, 9, 1],
  [34, 10, 1],
  [30, 10, 1],
  [38, 18, 1],
  [26, 18, 1],
  [42, 26, 1],
  [22, 26, 1],
  [43, 33, 1],
  [21, 33, 1],
  [36, 34, 1],
  [28, 34, 1],
  [37, 46, 1],
  [27, 46, 1],
  [37, 58, 1],
  [27, 58, 1],
];
const request = {
  prompt: 'a woman in a red dress',
  width: 64,
  height: 64,
  steps: 4,
  seed: 11,
  guidanceScale: 3,
  poses: [{ keypoints }],
};

/** The same picture by onnxruntime-node. */
async function inNode(): Promise<Uint8Array> {
  const runtime = await createNodeRuntime({ device: 'cpu' });
  const model = await openModel({ path: figurineFolder });
  const pose = await openAdapter({ path: figurineFolder });
  const pipeline = createPipeline({ runtime, model, adapters: { pose } });
  const { pictures } = await pipeline.generate(request);
  await pipeline.dispose();
  await runtime.dispose();
  await pose.dispose();
  await model.dispose();
  return pictures[0]!.raster.data;
}

/** A small network of random weights. */
const eyesFolder = fileURLToPath(new URL('../../golden/eyes', import.meta.url));

/** Below it a rounding differs by more than one of 255 here and there; measured is 60 and more. */
const leastPsnr = 50;

describe.skipIf(!chromiumPath)('the engine in a page, WASM', { timeout: 600_000 }, () => {
  let site: Site;
  let expected: Uint8Array;
  beforeAll(async () => {
    const { topology, weights } = moveNetPaths();
    const files = { '/movenet.json': topology, '/movenet.bin': weights };
    site = await openSite({
      files: {
        ...files,
        '/eyes.json': join(eyesFolder, 'config.json'),
        '/eyes.safetensors': join(eyesFolder, 'eyes.safetensors'),
      },
    });
    expected = await inNode();
  }, 600_000);
  afterAll(() => site?.close());

  it('makes the picture that Node makes, in a worker', async () => {
    const tab = await site.open();
    const { described, ids, data } = await tab.evaluate(
      async ([names, request]) => {
        const files = await page.filesAt('/figurine', names);
        const engine = await page.createWebEngine({ model: { id: 'figurine', files }, device: 'wasm' });
        const { pictures } = await engine.generate(request);
        const described = await engine.describe();
        const ids = await page.adaptersOf(engine);
        await engine.dispose();
        return { described, ids, data: [...pictures[0].raster.data] };
      },
      [figurineFiles, request] as const,
    );
    expect(described).toMatchObject({
      device: 'wasm, 1 thread, in a worker',
      isFasterAtServer: true,
      advice: [],
    });
    expect(ids).toEqual([['figurine', 'pose']]);
    expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    await tab.close();
  });

  it('says where it runs in WebKit, as panels on macOS are, what that costs', async () => {
    const tab = await site.open();
    const session = await tab.context().newCDPSession(tab);
    // WKWebView's; it says neither Chrome nor Safari.
    const userAgent =
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)';
    await session.send('Emulation.setUserAgentOverride', { userAgent });
    const { advice, isFasterAtServer } = await tab.evaluate(async (names) => {
      const files = await page.filesAt('/figurine', names);
      const engine = await page.createWebEngine({ model: { id: 'figurine', files }, device: 'wasm' });
      const described = await engine.describe();
      await engine.dispose();
      return described;
    }, figurineFiles);
    expect(isFasterAtServer).toBe(true);
    expect(advice).toEqual([expect.stringContaining('WebKit has no graphics card for pictures')]);
    await tab.close();
  });

  it('hands adapters of its store to the models that they fit, after the page was closed too', async () => {
    const adapter = await adapterOf(join(figurineFolder, 'figurine.safetensors'));
    site.server.put('/follower/follower.safetensors', adapter);
    site.server.put('/follower/config.json', join(figurineFolder, 'config.json'));
    const first = await site.open();
    const stored = await first.evaluate(async () => {
      const store = await page.openWebModelStore({ name: 'followers' });
      return store.pull({ from: 'url', url: `${location.origin}/follower/follower.safetensors` });
    });
    expect(stored.kind).toBe('adapter');
    await first.close();
    const tab = await site.open();
    const { before, after, data, advice } = await tab.evaluate(
      async ([names, request, id]) => {
        const store = await page.openWebModelStore({ name: 'followers' });
        const files = await page.filesAt('/figurine', names);
        const model = { id: 'figurine', files };
        const engine = await page.createWebEngine({ model, store, device: 'wasm' });
        const before = await page.adaptersOf(engine);
        const adapters = [{ kind: 'stable-pose' as const, model: id }];
        const { pictures } = await engine.generate({ ...request, adapters });
        const { advice } = await engine.describe();
        await store.remove(id);
        const after = await page.adaptersOf(engine);
        await engine.dispose();
        return { before, after, advice, data: [...pictures[0].raster.data] };
      },
      [figurineFiles, request, stored.id] as const,
    );
    expect(before).toEqual([['figurine', 'pose', stored.id]]);
    expect(after).toEqual([['figurine', 'pose']]);
    expect(advice.join()).not.toContain(stored.id);
    // It is the figurine's own under another name.
    expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    await tab.close();
  });

  it('gives its models without an adapter of the store that is damaged', async () => {
    const adapter = await adapterOf(join(figurineFolder, 'figurine.safetensors'));
    for (const name of ['whole', 'damaged']) {
      site.server.put(`/${name}/${name}.safetensors`, adapter);
      site.server.put(`/${name}/config.json`, join(figurineFolder, 'config.json'));
    }
    const tab = await site.open();
    const { whole, failure, before, after, data } = await tab.evaluate(
      async ([names, request]) => {
        const store = await page.openWebModelStore({ name: 'damaged-followers' });
        const pull = (name: string) =>
          store.pull({ from: 'url', url: `${location.origin}/${name}/${name}.safetensors` });
        const { id: damaged } = await pull('damaged');
        const root = await navigator.storage.getDirectory();
        // A browser short of room, or another page, took a piece of it.
        await (await root.getDirectoryHandle('damaged-followers')).removeEntry(`${damaged}.0.0`);
        const failure = await page.failure(store.files(damaged));
        const files = await page.filesAt('/figurine', names);
        const model = { id: 'figurine', files };
        const engine = await page.createWebEngine({ model, store, device: 'wasm' });
        const before = await page.adaptersOf(engine);
        const { id: whole } = await pull('whole');
        const after = await page.adaptersOf(engine);
        const { pictures } = await engine.generate(request);
        await engine.dispose();
        return { whole, failure, before, after, data: [...pictures[0].raster.data] };
      },
      [figurineFiles, request] as const,
    );
    expect(failure).toMatchObject({ code: 'model-corrupt' });
    expect(before).toEqual([['figurine', 'pose']]);
    expect(after).toEqual([['figurine', 'pose', whole]]);
    expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    await tab.close();
  });

  it('makes it in the page itself, with no worker, out of bytes that were handed over', async () => {
    const tab = await site.open();
    const { device, advice, data } = await tab.evaluate(
      async ([names, request]) => {
        const blobs = await page.filesAt('/figurine', names);
        const files = Object.fromEntries(
          await Promise.all(
            Object.entries(blobs).map(async ([name, blob]) => [name, await blob.arrayBuffer()] as const),
          ),
        );
        const wasmBinary = await (await fetch('/ort-wasm-simd-threaded.wasm')).arrayBuffer();
        const options = {
          worker: false,
          build: 'wasm',
          wasmBinary,
          wasmPaths: 'http://nowhere.invalid/',
        } as const;
        const engine = await page.createWebEngine({ model: { files }, ...options });
        const { pictures } = await engine.generate(request);
        const { device, advice } = await engine.describe();
        await engine.dispose();
        return { device, advice, data: [...pictures[0].raster.data] };
      },
      [figurineFiles, request] as const,
    );
    expect(device).toBe('wasm, 1 thread, in the page itself');
    expect(advice).toContain('The page may stutter while a picture is made: its frame has no worker.');
    expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    await tab.close();
  });

  it('cuts out as Node does, in a worker and in the page itself, when it has the network for it', async () => {
    const picture = markedPicture(96, 128);
    const runtime = await createNodeRuntime({ device: 'cpu' });
    const network = await openEyes(eyesFolder);
    const matter = createPersonMatter({ runtime, network });
    const expected = await matter.matte(picture);
    await matter.dispose();
    await network.dispose();
    await runtime.dispose();
    const tab = await site.open();
    const { can, mattes, failure } = await tab.evaluate(
      async ([names, { width, height, channels, data }]) => {
        const files = await page.filesAt('/figurine', names);
        const eyes = { config: '/eyes.json', weights: '/eyes.safetensors' };
        const given = { width, height, channels, data: new Uint8Array(data) };
        const mattes: number[][] = [];
        let can: { matte: boolean } | undefined;
        for (const worker of [true, false]) {
          const engine = await page.createWebEngine({ model: { files }, eyes, device: 'wasm', worker });
          ({ can } = await engine.describe());
          mattes.push([...(await engine.matte(given)).data]);
          await engine.dispose();
        }
        const bare = await page.createWebEngine({ model: { files }, device: 'wasm' });
        const failure = await page.failure(bare.matte(given));
        await bare.dispose();
        return { can, mattes, failure };
      },
      [figurineFiles, { ...picture, data: [...picture.data] }] as const,
    );
    expect(can).toMatchObject({ matte: true });
    for (const matte of mattes) expect(psnr(matte, expected.data)).toBeGreaterThan(leastPsnr);
    expect(new Set(expected.data).size).toBeGreaterThan(2);
    expect(failure).toMatchObject({ code: 'not-supported' });
    expect(failure?.message).toMatch(/createWebEngine\(\{ eyes \}\)/);
    await tab.close();
  });

  it('uses threads in a cross-origin isolated page', async () => {
    const isolated = await openSite({ isolated: true });
    try {
      const tab = await isolated.open();
      const { device, data } = await tab.evaluate(
        async ([names, request]) => {
          const files = await page.filesAt('/figurine', names);
          const engine = await page.createWebEngine({ model: { files }, device: 'wasm', threads: 2 });
          const { pictures } = await engine.generate(request);
          const { device } = await engine.describe();
          await engine.dispose();
          return { device, data: [...pictures[0].raster.data] };
        },
        [figurineFiles, request] as const,
      );
      expect(device).toBe('wasm, 2 threads, in a worker');
      expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    } finally {
      await isolated.close();
    }
  });

  it('does what every engine must', async () => {
    const tab = await site.open();
    const outcomes = await tab.evaluate(async (names) => {
      const files = await page.filesAt('/figurine', names);
      const detector = { topology: '/movenet.json', weights: '/movenet.bin' };
      const eyes = { config: '/eyes.json', weights: '/eyes.safetensors' };
      const start = () =>
        page.createWebEngine({ model: { id: 'figurine', files }, detector, eyes, device: 'wasm' });
      const shared = await start();
      const ending = ['E19', 'E20'];
      const checks = page.engineChecks.filter(({ rule }) => !ending.includes(rule));
      const outcomes = [...(await page.runConformance(checks, () => ({ engine: shared })))];
      await shared.dispose();
      const last = page.engineChecks.filter(({ rule }) => ending.includes(rule));
      outcomes.push(...(await page.runConformance(last, async () => ({ engine: await start() }))));
      return outcomes;
    }, figurineFiles);
    expect(outcomes.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    expect(outcomes.length).toBeGreaterThan(15);
    await tab.close();
  });

  it('loads parts in turn where memory is short, and says the numbers where it is too short', async () => {
    const tab = await site.open();
    const { data, warnings, failure } = await tab.evaluate(
      async ([names, request]) => {
        const files = await page.filesAt('/figurine', names);
        const model = { files };
        const small = await page.createWebEngine({ model, device: 'wasm', memoryBytes: 76_000_000 });
        const { pictures } = await small.generate({ ...request, previews: { every: 1, how: 'vae' } });
        await small.dispose();
        const tiny = await page.createWebEngine({ model, device: 'wasm', memoryBytes: 1_000_000 });
        const failure = await page.failure(tiny.generate(request));
        await tiny.dispose();
        return { data: [...pictures[0].raster.data], warnings: pictures[0].warnings, failure };
      },
      [figurineFiles, request] as const,
    );
    expect(warnings.join()).toContain('Parts were loaded in turn to save memory');
    expect(psnr(data, expected)).toBeGreaterThan(leastPsnr);
    expect(failure).toMatchObject({ code: 'out-of-memory' });
    expect(failure?.message).toMatch(/^This picture needs [\d.]+ GB for weights at once/);
    await tab.close();
  });

  it('says what is wrong with options and models', async () => {
    const tab = await site.open();
    const failures = await tab.evaluate(async () => {
      const notAModel = { 'model.safetensors': new Blob(['<!doctype html><p>Sign in first.']) };
      return {
        noModel: await page.failure(
          page.createWebEngine({ model: { files: notAModel }, device: 'wasm', worker: false }),
        ),
        noBuild: await page.failure(page.createWebEngine({ wasmBinary: new ArrayBuffer(8) })),
        noWasm: await page.failure(
          page.createWebEngine({ device: 'wasm', wasmPaths: '/nothing/', worker: true }),
        ),
        noGpu: await page.failure(page.createWebEngine({ device: 'webgpu' })),
      };
    });
    expect(failures.noModel).toMatchObject({ code: 'checkpoint-unsupported' });
    expect(failures.noBuild).toMatchObject({ code: 'invalid-input' });
    expect(failures.noWasm).toMatchObject({ code: 'device-unavailable' });
    expect(failures.noGpu).toMatchObject({ code: 'device-unavailable' });
    await tab.close();
  });
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../../support/bundle-page.ts';
import { chromiumPath } from '../../support/open-chromium.ts';
import { figurineFiles, openSite, type Site } from './open-site.ts';

/** What a frame tells of its run. */
interface FrameReport {
  readonly origin: string;
  readonly isSecure: boolean;
  readonly storage: string;
  readonly webgpu: string;
  readonly device: string;
  readonly advice: readonly string[];
  readonly size: number;
  readonly colours: number;
  readonly failure?: string;
}

/**
 * A design tool's plug-in window: no origin, no storage, nothing to fetch. All bytes come by message, as `Uint8Array`s; the
 * script too, since a `data:` address of some megabytes is refused.
 */
const frameHtml = `<!doctype html><script>
onmessage = async ({ data }) => {
  try {
    (0, eval)(data.script);
    const store = await page.openWebModelStore();
    const worker = data.worker ? page.workerFromScript(data.worker) : false;
    const engine = await page.createWebEngine({
      model: { files: data.files }, store, worker, build: 'wasm', wasmBinary: data.wasm,
    });
    const { pictures } = await engine.generate(data.request);
    const { device, advice } = await engine.describe();
    const webgpu = await page.probeWebGpu();
    await engine.dispose();
    const pixels = pictures[0].raster.data;
    parent.postMessage({
      origin: self.origin, isSecure: isSecureContext, storage: store.kind, webgpu, device, advice,
      size: pixels.length, colours: new Set(pixels).size,
    }, '*');
  } catch (error) {
    parent.postMessage({ failure: String(error && error.stack || error) }, '*');
  }
};
parent.postMessage('listening', '*');
</script>`;

const request = {
  prompt: 'a man in a blue shirt',
  width: 64,
  height: 64,
  steps: 2,
  seed: 5,
  poses: [],
};

describe.skipIf(!chromiumPath)('the engine in a frame without an origin', { timeout: 300_000 }, () => {
  let site: Site;
  let scripts: { readonly page: string; readonly worker: string };
  beforeAll(async () => {
    scripts = {
      page: await bundleScript('test/sdk/web/page.ts'),
      worker: await bundleScript('packages/sdk/src/web/engine-worker.ts'),
    };
    site = await openSite({
      files: { '/page-script.txt': { text: scripts.page }, '/worker-script.txt': { text: scripts.worker } },
    });
  }, 120_000);
  afterAll(() => site?.close());

  /** @param how the frame is made: its attributes */
  async function runInFrame(how: Record<string, string>, withWorker: boolean): Promise<FrameReport> {
    const tab = await site.open();
    const report = await tab.evaluate(
      async ([how, withWorker, names, request]) => {
        const text = async (path: string) => (await fetch(path)).text();
        const bytes = async (path: string) => new Uint8Array(await (await fetch(path)).arrayBuffer());
        const files: Record<string, Uint8Array> = {};
        for (const name of names) files[name] = await bytes(`/figurine/${name}`);
        const data = {
          script: await text('/page-script.txt'),
          worker: withWorker ? await text('/worker-script.txt') : undefined,
          wasm: await bytes('/ort-wasm-simd-threaded.wasm'),
          files,
          request,
        };
        const frame = document.createElement('iframe');
        for (const [name, value] of Object.entries(how)) frame.setAttribute(name, value);
        return new Promise<FrameReport>((resolve) => {
          addEventListener('message', ({ data: message }) => {
            if (message === 'listening') frame.contentWindow?.postMessage(data, '*');
            else resolve(message);
          });
          document.body.append(frame);
        });
      },
      [how, withWorker, figurineFiles, request] as const,
    );
    await tab.close();
    expect(report.failure).toBeUndefined();
    return report;
  }

  const picture = { size: 64 * 64 * 3, origin: 'null', storage: 'memory' };

  it('runs in a worker of a sandboxed frame', async () => {
    const report = await runInFrame({ sandbox: 'allow-scripts', srcdoc: frameHtml }, true);
    expect(report).toMatchObject({ ...picture, device: 'wasm, 1 thread, in a worker' });
    expect(report.colours).toBeGreaterThan(10);
    expect(report.advice).toContain('This page may keep nothing: models are gone with it.');
  });

  const dataUrl = `data:text/html,${encodeURIComponent(frameHtml)}`;

  it('runs in a worker of a frame of a data: address', async () => {
    const report = await runInFrame({ src: dataUrl, sandbox: 'allow-scripts' }, true);
    expect(report).toMatchObject({ ...picture, isSecure: false, device: 'wasm, 1 thread, in a worker' });
  });

  it('runs in a frame of a data: address, with no worker', async () => {
    const report = await runInFrame({ src: dataUrl }, false);
    expect(report).toMatchObject({
      ...picture,
      isSecure: false,
      webgpu: 'none',
      device: 'wasm, 1 thread, in the page itself',
    });
    expect(report.colours).toBeGreaterThan(10);
  });
});

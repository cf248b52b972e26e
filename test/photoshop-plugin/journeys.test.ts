import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { bundlePageScript, packCarried } from '../../packages/sdk/bundle/carried-engine.mjs';
import { repositoryRoot } from '../support/bundle-page.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import type { PhotoshopSimulatorPage } from './simulator/page.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';

type Global = { simulatorPage: PhotoshopSimulatorPage };

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_PHOTOSHOP_PICTURES;
const engineScript = '/plugin/studio/files/engine.js.js';

/** An engine that answers at once, in the place of the package's: shell and panel are those that are shipped. */
async function quickEngine(): Promise<string> {
  const script = await bundlePageScript({
    stdin: {
      resolveDir: repositoryRoot,
      contents: `
        import { StubEngine } from '@stable-pose/sdk/testing';
        const stubEngine = new StubEngine({ stepMs: 10, nativeSide: 256 });
        Object.assign(globalThis, { stubEngine, stablePoseCarriedEngine: async () => stubEngine });
      `,
    },
  });
  return `stablePoseCarried("engine.js","${packCarried(script)}")`;
}

describe.skipIf(!chromiumPath)('journeys with the built panel in Chromium', { timeout: 300_000 }, () => {
  let out: string;
  let server: FileServer;
  let browser: OpenBrowser;
  let page: Page;
  let plugin: FrameLocator;
  let engine: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'photoshop-panel-'));
    await buildPanel(out, { withEngine: false });
    server = await serveSimulator(out);
    engine = await quickEngine();
    server.put(engineScript, { text: engine, type: 'text/javascript' });
    browser = await openChromium();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function open(): Promise<void> {
    page = await browser.context.newPage();
    page.setDefaultTimeout(90_000);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(server.url);
    await page.waitForFunction('globalThis.simulatorPage !== undefined');
    plugin = page.frameLocator('#panel iframe');
    await page.selectOption('#side', '256');
    await page.click('#new');
  }

  const ready = () => plugin.locator('.button.main:not([disabled])').waitFor();

  async function select(
    tool: 'rectangle' | 'ellipse',
    [left, top, right, bottom]: readonly number[],
  ): Promise<void> {
    await page.selectOption('#tool', tool);
    const box = await page.locator('#overlay').boundingBox();
    if (!box) throw new Error('There is no canvas.');
    const at = (x: number, y: number) =>
      [box.x + (box.width * x) / 256, box.y + (box.height * y) / 256] as const;
    await page.mouse.move(...at(left, top));
    await page.mouse.down();
    await page.mouse.move(...at(right, bottom), { steps: 3 });
    await page.mouse.up();
  }

  async function generate(): Promise<void> {
    const before = await plugin.getByRole('button', { name: /^Place/ }).count();
    await plugin.getByRole('tab', { name: /Results/ }).click();
    await plugin.locator('.button.main').click();
    await plugin
      .getByRole('button', { name: /^Place/ })
      .nth(before)
      .waitFor();
  }

  const place = () =>
    plugin
      .getByRole('button', { name: /^Place/ })
      .first()
      .click();
  const placed = (steps = 1) =>
    page.waitForFunction(
      (count) => (globalThis as unknown as Global).simulatorPage.simulator.document.history.length === count,
      steps,
    );

  async function keep(name: string): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** What matters of the document that is in front. */
  const look = () =>
    page.evaluate(() => {
      const { simulator, document: open, realm } = (globalThis as unknown as Global).simulatorPage;
      const layers = open?.childrenOf(undefined) ?? [];
      const picture = layers.find(({ settings }) => 'stablePose' in settings);
      return {
        name: open?.name,
        layers: layers.map(({ name, kind = 'pixel', isVisible }) => ({ name, kind, isVisible })),
        history: open?.history.map(({ name }) => name) ?? [],
        place: picture && [
          picture.mask?.left,
          picture.mask?.top,
          picture.mask?.raster.width,
          picture.mask?.raster.height,
        ],
        maskCorner: picture?.mask?.raster.data[0],
        maskMiddle:
          picture?.mask?.raster.data[
            Math.floor(picture.mask.raster.height / 2) * picture.mask.raster.width +
              Math.floor(picture.mask.raster.width / 2)
          ],
        liveBuffers: simulator.liveBuffers,
        longestMessage: realm?.longestMessage ?? 0,
        alerts: [...simulator.alerts],
      };
    });

  it('puts a picture into a soft selection: one step, mask not inverted, skeleton hidden beside it', async () => {
    await open();
    await ready();
    await select('ellipse', [40, 20, 200, 240]);
    await generate();
    await place();
    await placed();
    await keep('placed');
    const seen = await look();
    expect(seen.history).toEqual(['Generate picture']);
    expect(seen.layers.map(({ kind, isVisible }) => [kind, isVisible])).toEqual([
      ['group', false],
      ['pixel', true],
      ['pixel', true],
    ]);
    expect(seen.place).toEqual([40, 20, 160, 220]);
    expect([seen.maskCorner, seen.maskMiddle]).toEqual([0, 255]);
    expect(seen.liveBuffers).toBe(0);
    expect(seen.longestMessage).toBeLessThan(8e6);
    await page.close();
  });

  it('lands where it was asked for, with the mask of then, though the selection is another by now', async () => {
    await open();
    await ready();
    await select('ellipse', [10, 10, 130, 130]);
    await generate();
    await select('rectangle', [150, 150, 250, 250]);
    await place();
    await placed();
    const seen = await look();
    expect(seen.place).toEqual([10, 10, 120, 120]);
    expect(seen.maskCorner).toBe(0);
    // The next one reads the document of now.
    await generate();
    await place();
    await placed(2);
    const again = await page.evaluate(() => {
      const frame = document.querySelector<HTMLIFrameElement>('#panel iframe');
      const { stubEngine } = frame!.contentWindow as unknown as {
        stubEngine: { requests: { image?: { picture: string } }[] };
      };
      return stubEngine.requests.map(({ image }) => image?.picture ?? '');
    });
    expect(new Set(again).size).toBe(again.length);
    await page.close();
  });

  it('lands in the document it was made for, while another one is in front', async () => {
    await open();
    await ready();
    await generate();
    await page.click('#new');
    await place();
    await page.waitForFunction(() => {
      const { documents } = (globalThis as unknown as Global).simulatorPage.simulator.photoshop.app;
      return documents[0].layers.length > 1;
    });
    const seen = await look();
    expect(seen.name).toBe('Document 3');
    expect(seen.layers.length).toBe(1);
    await page.close();
  });

  it('says so when the document was closed in the middle, and works on', async () => {
    await open();
    await ready();
    await generate();
    await page.click('#close');
    await place();
    await plugin.getByText('no longer open').first().waitFor();
    await page.click('#new');
    await generate();
    await place();
    await placed();
    await page.close();
  });

  it('keeps what people do meanwhile, and takes back only its own step', async () => {
    await open();
    await ready();
    await generate();
    await page.evaluate(() => {
      const { simulator } = (globalThis as unknown as Global).simulatorPage;
      const [{ id }] = simulator.document.state.layers;
      simulator.document.changeLayer('Rename Layer', id, { name: 'Mine' });
    });
    await place();
    await placed(2);
    await page.click('#undo');
    const seen = await look();
    expect(seen.layers.map(({ name }) => name)).toEqual(['Mine']);
    expect(seen.history).toEqual(['Rename Layer']);
    await page.close();
  });

  it('draws from what is shown, and leaves hidden layers out', async () => {
    await open();
    await ready();
    await page.evaluate(() => {
      const { simulator } = (globalThis as unknown as Global).simulatorPage;
      const { document: open } = simulator;
      const [ground] = open.state.layers;
      const image = ground.image && {
        ...ground.image,
        data: ground.image.data.map((_, i) => (i % 4 === 1 ? 0 : 255)),
      };
      const hidden = { ...ground, id: 900, name: 'Hidden', isVisible: false, image };
      open.change('Paste', { ...open.state, layers: [hidden, ...open.state.layers] });
    });
    await select('rectangle', [40, 20, 200, 240]);
    await generate();
    await page.evaluate(() => {
      const { simulator } = (globalThis as unknown as Global).simulatorPage;
      const layers = simulator.document.state.layers.filter(({ id }) => id !== 900);
      simulator.document.change('Delete Layer', { ...simulator.document.state, layers });
    });
    await generate();
    const drawnFrom = await page.evaluate(() => {
      const frame = document.querySelector<HTMLIFrameElement>('#panel iframe');
      const { stubEngine } = frame!.contentWindow as unknown as {
        stubEngine: { requests: { image?: { picture: string } }[] };
      };
      return stubEngine.requests.map(({ image }) => image?.picture);
    });
    expect(drawnFrom.length).toBe(2);
    expect(drawnFrom[0]?.length).toBeGreaterThan(100);
    expect(drawnFrom[1]).toBe(drawnFrom[0]);
    await page.close();
  });

  it('stops in the middle when it is cancelled in the panel, and leaves the document alone', async () => {
    await open();
    await ready();
    await page.evaluate(() => {
      const frame = document.querySelector<HTMLIFrameElement>('#panel iframe');
      const { stubEngine } = frame!.contentWindow as unknown as {
        stubEngine: { options: { stepMs: number } };
      };
      stubEngine.options.stepMs = 3000;
    });
    await plugin.locator('.button.main').click();
    await plugin.getByRole('button', { name: 'Cancel', exact: true }).click();
    await ready();
    expect(await plugin.getByRole('button', { name: /^Place/ }).count()).toBe(0);
    const seen = await look();
    expect([seen.history, seen.liveBuffers]).toEqual([[], 0]);
    await page.close();
  });

  it('waits while another plug-in is at work', async () => {
    await open();
    await ready();
    await generate();
    await page.click('#busy');
    await place();
    await page.waitForTimeout(1500);
    expect((await look()).history).toEqual([]);
    await page.click('#busy');
    await placed();
    await page.close();
  });

  it('comes back as it was when it is closed and opened, and follows the theme', async () => {
    await open();
    await ready();
    const prompt = plugin.locator('textarea').first();
    await prompt.fill('a man in a blue coat');
    await page.waitForTimeout(1500);
    await page.click('#toggle');
    expect(await page.locator('#panel iframe').count()).toBe(0);
    await page.click('#toggle');
    await ready();
    expect(await prompt.inputValue()).toBe('a man in a blue coat');
    const ground = () =>
      plugin
        .locator('.studio')
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    const dark = await ground();
    await page.selectOption('#theme', 'lightest');
    await expect.poll(ground).not.toBe(dark);
    await keep('lightest');
    await page.close();
  });

  it('says why nothing can be made where the engine is missing, and what to do', async () => {
    server.put(engineScript, '/nowhere');
    try {
      await open();
      await plugin
        .getByText(/has no engine\.js|Install the panel again/)
        .first()
        .waitFor();
      await keep('without-engine');
    } finally {
      server.put(engineScript, { text: engine, type: 'text/javascript' });
    }
    await page.close();
  });

  it('records a command into an Action, plays it, and cancels it', async () => {
    await open();
    await ready();
    await page.click('#record');
    await page.click('#menu');
    await page.getByRole('menuitem', { name: 'Generate with the last settings' }).click();
    await placed();
    await page.waitForFunction(
      () => (globalThis as unknown as Global).simulatorPage.simulator.steps.length === 1,
    );
    await page.click('#record');
    await page.click('#play');
    await placed(2);
    await page.waitForFunction(() => document.querySelector('#progress')?.hasAttribute('hidden'));
    expect((await look()).history).toEqual(['Generate picture', 'Generate picture']);
    await page.evaluate(() => {
      const frame = document.querySelector<HTMLIFrameElement>('#panel iframe');
      const { stubEngine } = frame!.contentWindow as unknown as {
        stubEngine: { options: { stepMs: number } };
      };
      stubEngine.options.stepMs = 2000;
    });
    await page.click('#play');
    await page.locator('#progress small', { hasText: /\w/ }).waitFor();
    await keep('action');
    await page.click('#stop');
    await page.locator('dialog').waitFor();
    expect((await look()).history.length).toBe(2);
    await page.close();
  });

  it('saves the report of its self-test, with what the webview and Photoshop answered', async () => {
    await open();
    await ready();
    await page.click('#menu');
    await page.getByRole('menuitem', { name: 'Test Stable-Pose in this Photoshop' }).click();
    await page.waitForFunction(
      () => (globalThis as unknown as Global).simulatorPage.saved.size > 0,
      undefined,
      {
        timeout: 200_000,
      },
    );
    const text = await page.evaluate(() => {
      const { saved } = (globalThis as unknown as Global).simulatorPage;
      return new TextDecoder().decode(saved.get('stable-pose-photoshop-report.json'));
    });
    const report = JSON.parse(text);
    expect(report.page).toMatchObject({ isWebKit: false, hasWorkers: 'yes' });
    expect(report.page.stores.localStorage).toContain('SecurityError');
    expect(
      report.photoshop.conformance.filter(({ outcome }: { outcome: string }) => outcome === 'failed'),
    ).toEqual([]);
    expect((await look()).layers.length).toBe(1);
    await page.close();
  });

  it('holds no more memory after a hundred pictures than after twenty', { timeout: 900_000 }, async () => {
    await open();
    await ready();
    await page.evaluate(() => {
      const frame = document.querySelector<HTMLIFrameElement>('#panel iframe');
      const { stubEngine } = frame!.contentWindow as unknown as {
        stubEngine: { options: { stepMs: number } };
      };
      stubEngine.options.stepMs = 0;
    });
    const session = await page.context().newCDPSession(page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      return usedSize;
    };
    const make = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await page.evaluate(() =>
          (globalThis as unknown as Global).simulatorPage.realm?.runCommand('generate'),
        );
        await placed();
        await page.evaluate(() => (globalThis as unknown as Global).simulatorPage.simulator.undo());
      }
    };
    await make(20);
    const before = await heap();
    await make(80);
    expect((await heap()) - before).toBeLessThan(12e6);
    expect((await look()).liveBuffers).toBe(0);
    await page.close();
  });
});

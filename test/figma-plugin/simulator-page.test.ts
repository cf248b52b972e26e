import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFigmaPlugin } from '../../packages/figma-plugin/rollup.plugin.mjs';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import type { FigmaSimulatorPage } from './simulator/page.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';

type Global = { simulatorPage: FigmaSimulatorPage };

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_FIGMA_PICTURES;

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

describe.skipIf(!chromiumPath)(
  'the built plug-in in the simulator, in Chromium',
  { timeout: 1_800_000 },
  () => {
    let out: string;
    let server: FileServer;
    let browser: OpenBrowser;
    beforeAll(async () => {
      out = await mkdtemp(join(tmpdir(), 'figma-plugin-'));
      await buildFigmaPlugin(out);
      server = await serveSimulator({ '/plugin/': out });
      browser = await openChromium();
    }, 900_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(out, { recursive: true, force: true });
    });

    async function open(kind: 'srcdoc' | 'data' = 'srcdoc'): Promise<Page> {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(400_000);
      await page.setViewportSize({ width: 1440, height: 860 });
      await page.goto(`${server.url}/?frame=${kind}`);
      await page.waitForFunction('globalThis.simulatorPage !== undefined');
      return page;
    }

    /** Presses the button, and waits for the engine. */
    async function run(page: Page): Promise<Frame> {
      await page.getByRole('button', { name: 'Run the plug-in' }).click();
      await expect.poll(() => page.frames().length, { timeout: 60_000 }).toBe(2);
      const [, plugin] = page.frames();
      await plugin.locator('.button.main:not([disabled])').waitFor();
      return plugin;
    }

    /** The figurine's own size, so that a picture takes seconds. */
    async function newFrame(page: Page): Promise<void> {
      await page.getByRole('button', { name: 'New frame' }).click();
      await page.evaluate(() => {
        const { simulatorPage } = globalThis as unknown as Global;
        const [frame] = simulatorPage.simulator.page.selection;
        if (frame?.type === 'FRAME') frame.resize(256, 256);
        simulatorPage.simulator.forgetUndo();
        simulatorPage.showAll();
      });
    }

    /** The document, as a person's layers list shows it, and what undo would take back. */
    const documentOf = (page: Page) =>
      page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        const shown = simulator.page.children.map((node) => ({
          name: node.name,
          selected: simulator.page.selection.some(({ id }) => id === node.id),
          children: 'children' in node ? node.children.map(({ type, visible }) => `${type} ${visible}`) : [],
        }));
        return { shown, undoSteps: simulator.undoSteps };
      });
    const failuresOf = (page: Page) =>
      page.evaluate(() => (globalThis as unknown as Global).simulatorPage.main?.failures);

    for (const kind of ['srcdoc', 'data'] as const) {
      it(`opens at no origin and has its engine, with nothing but what the page carries, as ${kind}`, async () => {
        const page = await open(kind);
        const elsewhere: string[] = [];
        page.on('request', (request) => {
          const url = request.url();
          if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) elsewhere.push(url);
        });
        await newFrame(page);
        const plugin = await run(page);
        await keep(page, `open-${kind}`);
        // The main half in QuickJS read the selection, and its answer came over the bridge.
        await plugin.getByText('Frame 1').first().waitFor({ state: 'attached' });
        await plugin.getByText('wasm, 1 thread, in a worker').first().waitFor({ state: 'attached' });
        expect(await failuresOf(page)).toEqual([]);
        expect(elsewhere).toEqual([]);
        await page.close();
      });
    }

    it('makes a picture into a frame, and again with an arm moved in the layers, as one undo step each', async () => {
      const page = await open();
      await newFrame(page);
      const plugin = await run(page);
      const before = await documentOf(page);
      expect(before.undoSteps).toBe(0);
      await plugin.locator('.button.main').click();
      await plugin.getByRole('tab', { name: 'Results' }).click();
      await plugin.locator('.result').first().waitFor();
      // Nothing is in the document before people place it.
      expect(await documentOf(page)).toEqual(before);
      await plugin.getByRole('button', { name: 'Place into Figma' }).click();
      await expect.poll(async () => (await documentOf(page)).undoSteps).toBe(1);
      await keep(page, 'placed');
      const after = await documentOf(page);
      expect(after.shown).toEqual([
        { name: 'Frame 1', selected: true, children: ['RECTANGLE true', 'GROUP false'] },
      ]);
      // What Figma shows is the picture, not a plain fill.
      const colours = await page.evaluate(async () => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        const [frame] = simulator.page.children;
        if (frame.type !== 'FRAME') return 0;
        const png = await frame.exportAsync({
          format: 'PNG',
          useAbsoluteBounds: true,
          colorProfile: 'SRGB',
          constraint: { type: 'SCALE', value: 1 },
        });
        const bitmap = await createImageBitmap(new Blob([png.slice()]));
        const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
        const context = canvas.getContext('2d');
        context?.drawImage(bitmap, 0, 0);
        const data = context?.getImageData(0, 0, bitmap.width, bitmap.height).data ?? [];
        const seen = new Set<number>();
        for (let i = 0; i < data.length; i += 4) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
        return seen.size;
      });
      expect(colours).toBeGreaterThan(1000);
      // An arm is moved in the layers, and the row above the panel makes the picture again, in the same rectangle.
      const fills = () =>
        page.evaluate(() => {
          const { simulator } = (globalThis as unknown as Global).simulatorPage;
          const [frame] = simulator.page.children;
          const rectangle = frame.type === 'FRAME' ? frame.children[0] : undefined;
          const fills = rectangle?.type === 'RECTANGLE' ? rectangle.fills : [];
          return Array.isArray(fills) ? fills.map(({ visible }) => visible !== false) : [];
        });
      await page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        const [frame] = simulator.page.children;
        const person = frame.type === 'FRAME' ? frame.children[1] : undefined;
        if (person?.type !== 'GROUP') return;
        person.visible = true;
        const wrist = person.children.find(({ name }) => name === 'right_wrist');
        if (wrist) wrist.y -= 60;
        simulator.settle();
        simulator.forgetUndo();
        simulator.select([person]);
      });
      await plugin.getByRole('button', { name: 'Make again' }).click();
      await keep(page, 'making-again');
      await expect.poll(fills, { timeout: 400_000 }).toEqual([false, true]);
      await keep(page, 'made-again');
      expect((await documentOf(page)).undoSteps).toBe(1);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await fills()).toEqual([true]);
      expect(await failuresOf(page)).toEqual([]);
      await page.close();
    });
  },
);

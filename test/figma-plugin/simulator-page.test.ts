import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFigmaPlugin } from '../../packages/figma-plugin/rollup.plugin.mjs';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { type SimulatorGlobal as Global, OpenPlugin } from './simulator/open-plugin.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { eventually } from './support/eventually.ts';

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

    const open = (kind: 'srcdoc' | 'data' = 'srcdoc') =>
      OpenPlugin.open(browser.context, server.url, { kind });

    for (const kind of ['srcdoc', 'data'] as const) {
      it(`opens at no origin and has its engine, with nothing but what the page carries, as ${kind}`, async () => {
        const opened = await open(kind);
        const { page } = opened;
        const elsewhere: string[] = [];
        page.on('request', (request) => {
          const url = request.url();
          if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) elsewhere.push(url);
        });
        await opened.newFrame();
        const plugin = await opened.run();
        await keep(page, `open-${kind}`);
        // The main half in QuickJS read the selection, and its answer came over the bridge.
        await plugin.getByText('Frame 1').first().waitFor({ state: 'attached' });
        await plugin.getByText('wasm, 1 thread, in a worker').first().waitFor({ state: 'attached' });
        // There is no WebGPU here, and the panel says so, with what would help.
        await plugin.getByRole('button', { name: 'Change' }).click();
        await plugin
          .getByText(/graphics card/)
          .first()
          .waitFor();
        await keep(page, `engine-${kind}`);
        expect(await opened.failures()).toEqual([]);
        expect(elsewhere).toEqual([]);
        await page.close();
      });
    }

    it('makes a picture into a frame, and again with an arm moved in the layers, as one undo step each', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      const plugin = await opened.run();
      const before = await opened.document();
      expect(before.undoSteps).toBe(0);
      await plugin.locator('.button.main').click();
      await plugin.getByRole('tab', { name: 'Results' }).click();
      await plugin.locator('.result').first().waitFor();
      // Nothing is in the document before people place it.
      expect(await opened.document()).toEqual(before);
      await plugin.getByRole('button', { name: 'Place into Figma' }).click();
      await eventually(async () => (await opened.document()).undoSteps).toBe(1);
      await keep(page, 'placed');
      const after = await opened.document();
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
      await eventually(fills).toEqual([false, true]);
      await keep(page, 'made-again');
      expect((await opened.document()).undoSteps).toBe(1);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await fills()).toEqual([true]);
      expect(await opened.failures()).toEqual([]);
      await page.close();
    });
  },
);

import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FrameLocator, Page } from 'playwright-core';
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
  { timeout: 600_000 },
  () => {
    let out: string;
    let server: FileServer;
    let browser: OpenBrowser;
    beforeAll(async () => {
      out = await mkdtemp(join(tmpdir(), 'figma-plugin-'));
      await buildFigmaPlugin(out);
      server = await serveSimulator({ '/plugin/': out });
      browser = await openChromium();
    }, 300_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(out, { recursive: true, force: true });
    });

    async function open(
      kind: 'srcdoc' | 'data',
    ): Promise<{ readonly page: Page; readonly plugin: FrameLocator }> {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(120_000);
      await page.setViewportSize({ width: 1440, height: 860 });
      await page.goto(`${server.url}/?frame=${kind}`);
      await page.waitForFunction('globalThis.simulatorPage !== undefined');
      return { page, plugin: page.frameLocator('.window iframe') };
    }

    for (const kind of ['srcdoc', 'data'] as const) {
      it(`opens at no origin and has its engine, with nothing but what the page carries, as ${kind}`, async () => {
        const { page, plugin } = await open(kind);
        const elsewhere: string[] = [];
        page.on('request', (request) => {
          const url = request.url();
          if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) elsewhere.push(url);
        });
        await page.getByRole('button', { name: 'New frame' }).click();
        // The figurine's own size, so that a picture takes seconds.
        await page.evaluate(() => {
          const { simulator } = (globalThis as unknown as Global).simulatorPage;
          const [frame] = simulator.page.selection;
          if (frame?.type === 'FRAME') frame.resize(256, 256);
        });
        await page.getByRole('button', { name: 'Run the plug-in' }).click();
        await plugin.locator('.button.main:not([disabled])').waitFor();
        await keep(page, `open-${kind}`);
        // The main half in QuickJS read the selection, and its answer came over the bridge.
        await plugin.getByText('Frame 1').first().waitFor({ state: 'attached' });
        await plugin.getByText('wasm, 1 thread, in a worker').first().waitFor({ state: 'attached' });
        const failures = await page.evaluate(
          () => (globalThis as unknown as Global).simulatorPage.main?.failures,
        );
        expect(failures).toEqual([]);
        expect(elsewhere).toEqual([]);
        await page.close();
      });
    }
  },
);

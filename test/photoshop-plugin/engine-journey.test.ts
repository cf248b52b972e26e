import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { PanelPage } from './support/panel-page.ts';

describe.skipIf(!chromiumPath)(
  'the package as it is shipped: the figurine in the panel, in Chromium',
  { timeout: 600_000 },
  () => {
    let out: string;
    let server: FileServer;
    let browser: OpenBrowser;
    beforeAll(async () => {
      out = await mkdtemp(join(tmpdir(), 'photoshop-package-'));
      await buildPanel(out);
      server = await serveSimulator(out);
      browser = await openChromium();
    }, 900_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(out, { recursive: true, force: true });
    });

    it('makes a picture with its own weights and places it with a soft mask, in one step', async () => {
      const panel = await PanelPage.open(browser.context, server.url, {
        viewport: { width: 1360, height: 800 },
      });
      const elsewhere: string[] = [];
      panel.page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(server.url) && !/^(data|blob):/.test(url)) elsewhere.push(url);
      });
      panel.page.setDefaultTimeout(300_000);
      await panel.ready();
      await panel.select('ellipse', [16, 8, 240, 248]);
      await panel.keep('real-posed');
      // It draws by WASM here, and says what would be faster.
      await panel.plugin.getByText('A server on this computer is faster').waitFor();
      // Enough to see that every step of every network runs.
      await panel.setSteps(4);
      await panel.generate();
      await panel.place();
      await panel.placed();
      await panel.keep('real-placed');
      const seen = await panel.look();
      expect(seen.history).toEqual(['Generate picture']);
      expect(seen.layers.map(({ kind, isVisible }) => [kind, isVisible])).toEqual([
        ['group', false],
        ['pixel', true],
        ['pixel', true],
      ]);
      expect(seen.place).toEqual([16, 8, 224, 240]);
      expect([seen.maskCorner, seen.maskMiddle]).toEqual([0, 255]);
      // A picture, not a plain ground.
      expect(seen.colours).toBeGreaterThan(100);
      expect([seen.liveBuffers, elsewhere]).toEqual([0, []]);
      expect(seen.longestMessage).toBeLessThan(8e6);
      await panel.page.click('#undo');
      const { history, layers } = await panel.look();
      expect([history, layers.length]).toEqual([[], 1]);
      await panel.close();
    });
  },
);

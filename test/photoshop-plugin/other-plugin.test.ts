import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';

/** Adobe's own starter panel, as it comes from npm. */
const starter = join(
  dirname(createRequire(import.meta.url).resolve('@adobe/uxp-template-ps-starter')),
  'template',
);

describe.skipIf(!chromiumPath)('a plug-in of other people in the simulator', { timeout: 180_000 }, () => {
  let server: FileServer;
  let browser: OpenBrowser;
  beforeAll(async () => {
    server = await serveSimulator(starter);
    browser = await openChromium();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it("runs unmodified: Adobe's starter panel lists the layers of the document", async () => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(60_000);
    await page.goto(server.url);
    await page.waitForFunction('globalThis.simulatorPage !== undefined');
    await page.click('#new');
    const plugin = page.frameLocator('#panel iframe');
    await plugin.getByText('No layers').waitFor();
    await plugin.getByText('Populate Layers').click();
    await plugin.locator('li', { hasText: 'Background' }).waitFor();
    expect(await page.locator('#dock header span').textContent()).toBe('Starter Panel');
  });
});

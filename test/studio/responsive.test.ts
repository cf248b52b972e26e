import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineFiles } from '../../packages/cli/src/engine-files.ts';
import { type PageServer, servePage } from '../../packages/cli/src/serve-page.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import { dragByFrames } from './support/drag-by-frames.ts';

describe.skipIf(!chromiumPath)('the served page, in Chromium', { timeout: 900_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'studio-page-'));
  let server: PageServer;
  let browser: OpenBrowser;
  beforeAll(async () => {
    await build({
      configFile: 'packages/studio/vite.config.mjs',
      build: { outDir: out, emptyOutDir: true },
      logLevel: 'error',
    });
    server = await servePage({ page: out, models: await engineFiles(), port: 0 });
    browser = await openChromium();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  it('follows the hand in every frame while the figurine draws a picture', async () => {
    const page = await browser.context.newPage();
    page.setDefaultTimeout(600_000);
    await page.goto(server.url);
    await page.locator('.button.main:not([disabled])').click();
    await page.locator('progress[value]:not([value="0"])').first().waitFor();
    const wrist = page.getByRole('button', { name: /^Left wrist, Person 1/ });
    const before = await wrist.locator('.dot').boundingBox();
    const gaps = await dragByFrames(page, wrist, 60);
    // An engine on the page's thread would let a frame through at each of its twenty steps, and be done by now.
    expect(await page.locator('.badge').count()).toBe(0);
    expect(await wrist.locator('.dot').boundingBox()).not.toEqual(before);
    expect(gaps).toHaveLength(60);
    console.log(`${gaps.filter((gap) => gap > 17).length} of ${gaps.length} frames above 16 ms`);
    await page.locator('.badge').waitFor();
    await page.close();
  });
});

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type OpenBrowser, openChromium } from '../../support/open-chromium.ts';
import { type FileServer, type ServedFile, serveFiles } from '../../support/serve-files.ts';

const example = resolve('packages/sdk/examples/10-in-a-page');

describe.skipIf(!chromiumPath)('the example of a page', { timeout: 600_000 }, () => {
  let out: string;
  let server: FileServer;
  let browser: OpenBrowser;
  beforeAll(async () => {
    out = mkdtempSync(join(tmpdir(), 'stable-pose-page-'));
    await build({
      root: example,
      logLevel: 'error',
      build: { outDir: out, emptyOutDir: true },
      resolve: { conditions: ['source', 'module', 'browser', 'production'] },
    });
    const files: Record<string, ServedFile> = {};
    for (const name of readdirSync(out, { recursive: true, encoding: 'utf8' })) {
      files[`/deep/${name.replaceAll('\\', '/')}`] = join(out, name);
    }
    server = await serveFiles(files);
    browser = await openChromium();
  }, 300_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    rmSync(out, { recursive: true, force: true });
  });

  it('makes a picture when it is asked for one, and is cancelled', async () => {
    const tab = await browser.context.newPage();
    tab.setDefaultTimeout(300_000);
    const errors: string[] = [];
    tab.on('pageerror', ({ message }) => errors.push(message));
    await tab.goto(`${server.url}/deep/index.html`);
    const output = tab.locator('output');
    await expect
      .poll(() => output.textContent(), { timeout: 240_000 })
      .toMatch(/^Ready: wasm, 1 thread, in a worker$/);
    await tab.fill('[name=steps]', '40');
    await tab.click('text=Draw');
    await expect.poll(() => output.textContent(), { timeout: 240_000 }).toMatch(/^drawing \d/);
    await tab.click('text=Cancel');
    await expect.poll(() => output.textContent(), { timeout: 60_000 }).toContain('cancelled');
    await tab.fill('[name=steps]', '2');
    await tab.click('text=Draw');
    await expect.poll(() => output.textContent(), { timeout: 240_000 }).toBe('Done');
    const size = await tab.evaluate(async () => {
      const image = document.querySelector('img')!;
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    });
    expect(size).toEqual([256, 256]);
    expect(errors).toEqual([]);
    await tab.close();
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import { type FileServer, serveFiles } from '../support/serve-files.ts';
import { isAllowed } from './simulator/fetch-as-manifest-allows.ts';
import { type SimulatorGlobal as Global, OpenPlugin } from './simulator/open-plugin.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { eventually } from './support/eventually.ts';

/** A plug-in of several pages, with text and a main half that fetches; the rest of this folder has none of these. */
const code = (allowed: string, refused: string) => `
  figma.showUI('<p>A window</p>', { width: 100, height: 80 });
  (async () => {
    const page = figma.createPage();
    page.name = 'Made';
    await figma.setCurrentPageAsync(page);
    const text = figma.createText();
    await figma.loadFontAsync(text.fontName);
    const answer = await fetch('${allowed}/words.json');
    text.characters = (await answer.json()).words + ' ' + answer.status;
    await fetch('${refused}/words.json').catch((error) => { text.name = error.name + ': ' + error.message; });
    figma.ui.resize(240, 120);
    figma.viewport.scrollAndZoomIntoView([text]);
  })();
`;

describe('where a manifest lets its plug-in fetch', () => {
  it('is what its patterns say', () => {
    const all = [
      'https://a.example/x',
      'http://a.example/',
      'https://b.a.example/',
      'http://localhost:17325/',
    ];
    const allowed = (...domains: string[]) => all.filter((url) => isAllowed(url, domains));
    expect(allowed('none')).toEqual([]);
    expect(allowed('*')).toEqual(all);
    expect(allowed('a.example')).toEqual([all[0]]);
    expect(allowed('*.a.example')).toEqual([all[2]]);
    expect(allowed('http://a.example', 'http://localhost:17325')).toEqual([all[1], all[3]]);
    expect(allowed('http://localhost:17326')).toEqual([]);
    expect(allowed('https://a.example/x')).toEqual([all[0]]);
    expect(allowed('https://a.example/y/')).toEqual([]);
  });
});

describe.skipIf(!chromiumPath)('a main half in the simulator', { timeout: 300_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'figma-main-'));
  let browser: OpenBrowser;
  let simulator: FileServer;
  const servers: FileServer[] = [];
  beforeAll(async () => {
    const words = { '/words.json': { text: '{ "words": "From elsewhere" }' } };
    for (let i = 0; i < 2; i++) servers.push(await serveFiles(words));
    const [allowed, refused] = servers.map(({ url }) => url);
    const manifest = { name: 'Pages', main: 'code.js', networkAccess: { allowedDomains: [allowed] } };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    writeFileSync(join(folder, 'code.js'), code(allowed, refused));
    simulator = await serveSimulator({ '/plugin/': folder });
    browser = await openChromium();
  });
  afterAll(async () => {
    await browser?.close();
    for (const one of [...servers, simulator]) await one?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('makes pages, writes text and fetches from where its manifest allows, and from nowhere else', async () => {
    const opened = await OpenPlugin.open(browser.context, simulator.url);
    const { page } = opened;
    await opened.start();
    const read = () =>
      page.evaluate(() => {
        const { simulator, main, logged } = (globalThis as unknown as Global).simulatorPage;
        return {
          pages: simulator.pages.map(({ name }) => name),
          shown: simulator.page.name,
          texts: simulator.page.children.map((node) => [node.name, node.type === 'TEXT' && node.characters]),
          size: simulator.ui.size,
          failures: main?.failures,
          logged,
        };
      });
    await eventually(async () => (await read()).size.width).toBe(240);
    const { pages, shown, texts, failures, logged } = await read();
    expect(pages).toEqual(['Page 1', 'Made']);
    expect(shown).toBe('Made');
    expect(texts).toEqual([['TypeError: Failed to fetch', 'From elsewhere 200']]);
    expect(failures).toEqual([]);
    expect(logged.join()).toContain('violates the following Content Security Policy directive');
    expect(servers[1].requests).toEqual([]);
    // People see it: the page's name, the text, the window's new size.
    expect(
      await page.locator('#page').evaluate((one) => (one as HTMLSelectElement).selectedOptions[0].text),
    ).toBe('Made');
    await eventually(() => page.locator('main svg text', { hasText: 'From elsewhere' }).count()).toBe(1);
    await eventually(() => page.locator('.window').evaluate((one) => one.clientWidth)).toBeGreaterThan(230);
    // Other pages are a click away, each with its own layers.
    await page.getByRole('combobox', { name: 'Page', exact: true }).selectOption('Page 1');
    await eventually(async () => (await read()).shown).toBe('Page 1');
    await eventually(() => page.locator('#layers div').count()).toBe(0);
    await page.close();
  });
});

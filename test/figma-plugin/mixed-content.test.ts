import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../support/bundle-page.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';

/** Figma's page came over https; the plug-in's in it has no address of its own, and obeys what holds for Figma's. */
const figma = 'https://figma.example/';
/** Of a block for documentation: nobody is there, and nobody is asked where a browser refuses by itself. */
const server = 'http://198.51.100.7:17325';

describe.skipIf(!chromiumPath)(
  'a frame without an address in a page over https',
  { timeout: 400_000 },
  () => {
    let browser: OpenBrowser;
    beforeAll(async () => {
      browser = await openChromium();
    }, 200_000);
    afterAll(() => browser?.close());

    for (const kind of ['srcdoc', 'data'] as const) {
      it(`is told that a server over http elsewhere is mixed content, as ${kind}`, async () => {
        const script = await bundleScript('test/figma-plugin/support/ask-server.ts');
        const inside = `<!doctype html><script>const server = ${JSON.stringify(server)};\n${script}</script>`;
        const source =
          kind === 'srcdoc'
            ? `frame.srcdoc = ${JSON.stringify(inside).replaceAll('</', '<\\/')}`
            : `frame.src = 'data:text/html;base64,${Buffer.from(inside).toString('base64')}'`;
        const html = `<!doctype html><script>
        addEventListener('message', ({ data }) => { globalThis.told = data; });
        const frame = document.createElement('iframe');
        frame.setAttribute('sandbox', 'allow-scripts');
        ${source};
        addEventListener('DOMContentLoaded', () => document.body.append(frame));
      </script><body></body>`;
        const page = await browser.context.newPage();
        await page.route(`${figma}**`, (route) =>
          route.fulfill({ body: html, contentType: 'text/html; charset=utf-8' }),
        );
        await page.goto(figma);
        await page.waitForFunction('globalThis.told !== undefined', undefined, { timeout: 200_000 });
        const told = await page.evaluate('globalThis.told');
        expect(told).toMatchObject({
          code: 'server-unreachable',
          reason: 'mixed-content',
          protocol: expect.not.stringMatching('https'),
        });
        await page.close();
      });
    }
  },
);

import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleScript } from '../support/bundle-page.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import { type FileServer, serveFiles } from '../support/serve-files.ts';
import type { PageOutcome } from './browser-page.ts';
import { afterTest, smallRequest, startTestServer } from './start-test-server.ts';

const script = '<script src="/page.js"></script>';
const policy = `<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">`;

describe.skipIf(!chromiumPath)('a page and the server', { timeout: 180_000 }, () => {
  let browser: OpenBrowser;
  let site: FileServer;

  beforeAll(async () => {
    site = await serveFiles({
      '/page.js': { text: await bundleScript(fileURLToPath(new URL('./browser-page.ts', import.meta.url))) },
      '/index.html': { text: `<!doctype html>${script}` },
      '/strict.html': { text: `<!doctype html>${policy}${script}` },
      '/plugin.html': { text: '<!doctype html><iframe sandbox="allow-scripts" src="/index.html"></iframe>' },
    });
    browser = await openChromium();
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });

  async function call(
    path: string,
    server: { url: string; token: string },
    inFrame = false,
  ): Promise<PageOutcome> {
    const page = await browser.context.newPage();
    afterTest(() => page.close());
    await page.goto(`${site.url}${path}`);
    const frame = inFrame ? page.frames()[1] : page.mainFrame();
    await frame.waitForFunction('typeof callServer === "function"');
    const request = { ...smallRequest, previews: { how: 'linear' } };
    const words = [server.url, server.token, request].map((value) => JSON.stringify(value)).join(', ');
    return frame.evaluate<PageOutcome>(`callServer(${words})`);
  }

  it('an allowed page makes pictures, with progress as it comes', async () => {
    const server = await startTestServer({ allowedOrigins: [site.url], stub: { stepMs: 20 } });
    expect(await call('/index.html', server)).toEqual({ origin: site.url, size: 64 * 64 * 3, previews: 2 });
  });

  it('another page is kept out by the server and the browser, and told so', async () => {
    const server = await startTestServer();
    const outcome = await call('/index.html', server);
    expect(outcome).toMatchObject({ code: 'server-unreachable', reason: 'blocked-by-cors' });
    expect(outcome.message).toMatch(/--allow-origin/);
    expect(server.engine.requests).toEqual([]);
  });

  it("a plug-in's frame, whose origin is null, gets in where that is allowed, and only with the token", async () => {
    const server = await startTestServer({ allowedOrigins: ['null'] });
    expect(await call('/plugin.html', server, true)).toMatchObject({ origin: 'null', size: 64 * 64 * 3 });
    const wrong = { url: server.url, token: 'sp_wrong' };
    expect(await call('/plugin.html', wrong, true)).toMatchObject({ origin: 'null', code: 'unauthorized' });
    const strict = await startTestServer({ allowedOrigins: [site.url] });
    expect(await call('/plugin.html', strict, true)).toMatchObject({ reason: 'blocked-by-cors' });
  });

  it('a page is told that its own policy forbids the call', async () => {
    const server = await startTestServer({ allowedOrigins: [site.url] });
    const outcome = await call('/strict.html', server);
    expect(outcome).toMatchObject({ code: 'server-unreachable', reason: 'blocked-by-csp' });
    expect(outcome.message).toMatch(/connect-src/);
  });

  it('a page is told that nothing listens, that a name may be wrong, that the token is', async () => {
    const server = await startTestServer({ allowedOrigins: [site.url] });
    expect(await call('/index.html', { url: server.url, token: 'wrong' })).toMatchObject({
      code: 'unauthorized',
    });
    await server.stop();
    expect(await call('/index.html', server)).toMatchObject({
      code: 'server-unreachable',
      reason: 'refused',
    });
    const nowhere = { url: 'http://no-such-machine.invalid:17325', token: 'x' };
    expect(await call('/index.html', nowhere)).toMatchObject({
      code: 'server-unreachable',
      reason: 'refused-or-not-found',
    });
  });
});

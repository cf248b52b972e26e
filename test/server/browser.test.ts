import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StubEngine } from '@stable-pose/sdk/testing';
import { type RunningServer, startServer } from '@stable-pose/server';
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

/**
 * A page of the internet, as far as the browser knows: what comes over https is handed to it without a server, other names are
 * this machine's, and the server counts as one in the local network.
 */
describe.skipIf(!chromiumPath)('a page over https', { timeout: 180_000 }, () => {
  const secure = 'https://studio.example';
  const names = ['192.168.7.7', 'machine.local', 'elsewhere.example'];
  const engine = new StubEngine();
  let folder: string;
  let browser: OpenBrowser;
  let here: RunningServer;
  let near: RunningServer;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'stable-pose-browser-'));
    const start = (name: string) =>
      startServer({
        engine,
        dataFolder: join(folder, name),
        version: '1.2.3',
        ports: [0],
        hostNames: names,
        allowedOrigins: [secure],
      });
    [here, near] = [await start('here'), await start('near')];
    browser = await openChromium([
      `--ip-address-space-overrides=${new URL(near.url).host}=private`,
      `--host-resolver-rules=${names.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`,
    ]);
    const body = await bundleScript(fileURLToPath(new URL('./browser-page.ts', import.meta.url)));
    await browser.context.route(`${secure}/**`, (route) =>
      route.request().url().endsWith('.js')
        ? route.fulfill({ contentType: 'text/javascript', body })
        : route.fulfill({ contentType: 'text/html', body: `<!doctype html>${script}` }),
    );
  }, 180_000);

  afterAll(async () => {
    await browser?.close();
    for (const server of [here, near]) await server?.stop(0);
    await engine.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  type Answer = 'granted' | 'denied';

  /** What comes of a call when the browser's user answered so. */
  async function call(
    server: RunningServer,
    { name = '127.0.0.1', ...answers }: { name?: string; loopback?: Answer; local?: Answer },
  ): Promise<PageOutcome> {
    const page = await browser.context.newPage();
    afterTest(() => page.close());
    await page.goto(secure);
    const tools = await browser.context.newCDPSession(page);
    await tools.send('Browser.resetPermissions');
    const permissions = { 'loopback-network': answers.loopback, 'local-network': answers.local };
    for (const [permission, setting] of Object.entries(permissions)) {
      if (setting === undefined) continue;
      await tools.send('Browser.setPermission', {
        origin: secure,
        permission: { name: permission },
        setting,
      });
    }
    await page.waitForFunction('typeof callServer === "function"');
    const words = [server.url.replace('127.0.0.1', name), server.token, smallRequest];
    return page.evaluate<PageOutcome>(`callServer(${words.map((word) => JSON.stringify(word)).join(', ')})`);
  }

  const picture = { origin: secure, size: 64 * 64 * 3 };

  it("reaches this machine's server when the user allows it, and is told when not", async () => {
    expect(await call(here, { loopback: 'granted', local: 'denied' })).toMatchObject(picture);
    const denied = await call(here, { loopback: 'denied', local: 'granted' });
    expect(denied).toMatchObject({ code: 'server-unreachable', reason: 'no-permission' });
    expect(denied.message).toMatch(/site settings/);
  });

  it.each(['192.168.7.7', 'machine.local'])(
    'reaches the local network (%s) when the user allows it, and is told when not',
    async (name) => {
      expect(await call(near, { name, local: 'granted', loopback: 'denied' })).toMatchObject(picture);
      const denied = await call(near, { name, local: 'denied', loopback: 'granted' });
      expect(denied).toMatchObject({ code: 'server-unreachable', reason: 'no-permission' });
    },
  );

  it('may not call another place over http, whatever the user allows, and is told so', async () => {
    const mixed = await call(near, { name: 'elsewhere.example', local: 'granted', loopback: 'granted' });
    expect(mixed).toMatchObject({ code: 'server-unreachable', reason: 'mixed-content' });
    expect(mixed.message).toMatch(/put https before the server/);
  });

  it('is told that nothing listens, rather than that something is forbidden', async () => {
    const gone = await startTestServer();
    await gone.stop();
    expect(await call(gone, { loopback: 'granted', local: 'denied' })).toMatchObject({ reason: 'refused' });
    expect(await call(gone, { name: '192.168.7.7', local: 'granted' })).toMatchObject({ reason: 'refused' });
  });
});

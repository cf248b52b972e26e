import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProgram } from '@stable-pose/cli';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { startTestServer, type TestServer } from '../server/start-test-server.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { engineScript, PanelPage, quickEngine } from './support/panel-page.ts';

/** Another machine, as the browser sees it: a name that leads to this one. */
const machine = 'poses.test';
const address = (server: TestServer) => `http://${machine}:${server.port}`;

describe.skipIf(!chromiumPath)('the panel with a server, in Chromium', { timeout: 1_800_000 }, () => {
  let folder: string;
  let out: string;
  let simulator: FileServer;
  let browser: OpenBrowser;
  let engine: string;
  const opened: FileServer[] = [];

  const serve = async (plugin: string): Promise<FileServer> => {
    const served = await serveSimulator(plugin);
    served.put(engineScript, { text: engine, type: 'text/javascript' });
    opened.push(served);
    return served;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'photoshop-server-'));
    out = join(folder, 'dist');
    await buildPanel(out, { withEngine: false });
    engine = await quickEngine();
    simulator = await serve(out);
    browser = await openChromium([`--host-resolver-rules=MAP ${machine} 127.0.0.1`]);
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    for (const one of opened) await one.close();
    await rm(folder, { recursive: true, force: true });
  });

  const startServer = (origin: string, more: Parameters<typeof startTestServer>[0] = {}) =>
    startTestServer({
      allowedOrigins: [origin],
      hostNames: [machine],
      stub: { nativeSide: 256 },
      ...more,
    });

  const pair = async ({ plugin }: PanelPage, token: string): Promise<void> => {
    await plugin.getByLabel('Token').fill(token);
    await plugin.getByRole('button', { name: 'Connect', exact: true }).click();
  };

  it("says why the published panel reaches no other machine, and leaves this one's engine in use", async () => {
    const server = await startServer(simulator.url);
    const panel = await PanelPage.open(browser.context, simulator.url);
    await panel.ready();
    const { plugin } = panel;
    await plugin.getByRole('button', { name: 'Change', exact: true }).click();
    await plugin.getByRole('button', { name: 'Elsewhere', exact: true }).click();
    await plugin.getByLabel('Address').fill(address(server));
    await pair(panel, server.token);
    const trouble = plugin.getByRole('alert').filter({ hasText: address(server) });
    await trouble.waitFor();
    expect(await trouble.textContent()).toContain('stable-pose plugin build');
    await panel.keep('elsewhere-refused');
    await panel.ready();
    expect(server.engine.requests.length).toBe(0);
    await panel.close();
  });

  it("makes pictures on another machine, in a team's build that begins with it", async () => {
    const team = join(folder, 'team');
    const server = await startServer('http://placeholder.test');
    await createProgram().parseAsync(
      ['plugin', 'build', '--from', out, '--out', team, '--server', address(server)],
      { from: 'user' },
    );
    const served = await serve(team);
    // Only now is the page's origin known.
    await server.stop(0);
    const again = await startServer(served.url, { dataFolder: server.folder, ports: [server.port] });
    const panel = await PanelPage.open(browser.context, served.url);
    const { plugin } = panel;
    await plugin.getByLabel('Address').waitFor();
    expect(await plugin.getByLabel('Address').inputValue()).toBe(address(server));
    await panel.keep('team-build');
    await pair(panel, again.token);
    await plugin.getByText(`Connected with ${address(server)}.`).waitFor();
    await panel.select('ellipse', [40, 20, 200, 240]);
    await panel.generate();
    await panel.place();
    await panel.placed();
    const seen = await panel.look();
    expect([seen.place, seen.maskCorner, seen.maskMiddle]).toEqual([[40, 20, 160, 220], 0, 255]);
    expect(again.engine.requests.length).toBe(1);
    expect(await panel.drawnFrom()).toEqual([]);
    await panel.close();
  });
});

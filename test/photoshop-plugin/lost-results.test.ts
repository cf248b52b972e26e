import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { NetworkLink } from '../faults/network-link.ts';
import { afterTest, startTestServer } from '../server/start-test-server.ts';
import { takeKnownPorts } from '../support/known-ports.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { engineScript, PanelPage, quickEngine } from './support/panel-page.ts';

const [firstPort, secondPort] = [17325, 17326];

describe.skipIf(!chromiumPath)('results that never arrive, in Chromium', { timeout: 1_800_000 }, () => {
  let out: string;
  let simulator: FileServer;
  let browser: OpenBrowser;
  let giveBackPorts: (() => void) | undefined;

  beforeAll(async () => {
    giveBackPorts = await takeKnownPorts();
    out = await mkdtemp(join(tmpdir(), 'photoshop-lost-'));
    await buildPanel(out, { withEngine: false });
    simulator = await serveSimulator(out);
    simulator.put(engineScript, { text: await quickEngine(), type: 'text/javascript' });
    browser = await openChromium();
  }, 1_800_000);
  afterAll(async () => {
    await browser?.close();
    await simulator?.close();
    if (out) await rm(out, { recursive: true, force: true });
    giveBackPorts?.();
  });

  /** The product's server at a free port, slow enough to be lost in the middle. */
  const startServer = (more: Parameters<typeof startTestServer>[0] = {}) =>
    startTestServer({
      allowedOrigins: [simulator.url],
      stub: { nativeSide: 256, stepMs: 500 },
      ...more,
    });

  const openLink = async (target: number, port: number): Promise<NetworkLink> => {
    const link = await NetworkLink.open(target, port);
    afterTest(() => link.close());
    return link;
  };

  const inUse = async (token: string): Promise<PanelPage> => {
    const panel = await PanelPage.open(browser.context, simulator.url);
    await panel.ready();
    await panel.connectHere(token, firstPort);
    await panel.ready();
    await panel.select('ellipse', [40, 20, 200, 240]);
    await panel.showResults();
    // From here on the test can let time pass.
    await panel.page.clock.install();
    return panel;
  };

  /** The panel uses a server whose network can fail. */
  const behindLink = async () => {
    const server = await startServer();
    const link = await openLink(server.port, firstPort);
    return { server, link, panel: await inUse(server.token) };
  };

  /** Until the server draws. */
  const begin = async ({ plugin }: PanelPage): Promise<void> => {
    await plugin.locator('.button.main').click();
    await plugin.locator('.progress-words', { hasText: 'drawing' }).waitFor();
  };

  const later = ({ page }: PanelPage, seconds: number) => page.clock.fastForward(1000 * seconds);
  /** What the panel says went wrong: which server, and what to do. Not "offline". */
  const saidOf = async ({ plugin }: PanelPage): Promise<string> => {
    const notice = plugin.locator('.notice.error');
    await notice.waitFor();
    expect(await plugin.locator('.progress-row').count()).toBe(0);
    const words = (await notice.textContent()) ?? '';
    expect(words).toContain(`http://localhost:${firstPort}`);
    return words;
  };
  const away = 'the server does not answer, trying again';

  const untouched = { history: [], isHeld: false, liveBuffers: 0, alerts: [] };
  const askAgain = (panel: PanelPage) =>
    panel.plugin.getByRole('button', { name: 'Ask for the same again' }).click();

  /** The picture is there, and lands where it was asked for. */
  const arrives = async (panel: PanelPage): Promise<void> => {
    await panel.plugin
      .getByRole('button', { name: /^Place/ })
      .first()
      .waitFor();
    expect(await panel.look()).toMatchObject(untouched);
    await panel.place();
    await panel.placed();
    const seen = await panel.look();
    expect([seen.history, seen.place]).toEqual([['Generate picture'], [40, 20, 160, 220]]);
    expect([seen.isHeld, seen.liveBuffers]).toEqual([false, 0]);
    expect(await panel.plugin.locator('.notice.error').count()).toBe(0);
    // Never the engine of the panel, behind people's backs.
    expect(await panel.drawnFrom()).toEqual([]);
    await panel.close();
  };

  it('says that a server takes the request and never answers, and asks for the same picture again', async () => {
    const { server, link, panel } = await behindLink();
    link.silence();
    await panel.plugin.locator('.button.main').click();
    await panel.plugin.locator('.progress-row').waitFor();
    await later(panel, 121);
    expect(await saidOf(panel)).toMatch(/did not answer in time.*Look whether/);
    expect(await panel.look()).toMatchObject(untouched);
    await panel.keep('server-never-answers');
    // What was sent before arrives now too, and is the same wish.
    link.mend();
    await askAgain(panel);
    await arrives(panel);
    expect(server.engine.requests.length).toBe(1);
  });

  it('says that a server goes silent in the middle, and gets the picture that it made meanwhile', async () => {
    const { server, link, panel } = await behindLink();
    await begin(panel);
    link.silence();
    await later(panel, 46);
    await panel.plugin.getByText(away).waitFor();
    expect(await panel.look()).toMatchObject(untouched);
    await panel.keep('server-tried-again');
    await later(panel, 31);
    expect(await saidOf(panel)).toMatch(/Look whether/);
    expect(await panel.look()).toMatchObject(untouched);
    link.mend();
    await askAgain(panel);
    await arrives(panel);
    expect(server.engine.requests.length).toBe(1);
  });

  it('names the server whose connection broke, offers again as often as it takes, and finds it at another port', async () => {
    const { server, link, panel } = await behindLink();
    await begin(panel);
    link.break();
    await panel.plugin.getByText(away).waitFor();
    await later(panel, 61);
    expect(await saidOf(panel)).toContain('stable-pose serve');
    expect(await panel.look()).toMatchObject(untouched);
    await panel.keep('server-gone');
    await askAgain(panel);
    // It is still away: what was asked for is not dropped.
    expect(await saidOf(panel)).toContain('stable-pose serve');
    await openLink(server.port, secondPort);
    await askAgain(panel);
    await arrives(panel);
    const seeds = server.engine.requests.map(({ seed }) => seed);
    expect(new Set(seeds).size).toBe(1);
  });

  it('waits for a server that is started again, which goes on with what was asked of it', async () => {
    const server = await startServer({ ports: [firstPort] });
    const panel = await inUse(server.token);
    await begin(panel);
    await server.stop(0);
    await panel.plugin.getByText(away).waitFor();
    const again = await startServer({
      dataFolder: server.folder,
      ports: [firstPort],
      stub: { nativeSide: 256 },
    });
    await arrives(panel);
    expect(again.engine.requests.length).toBe(1);
  });
});

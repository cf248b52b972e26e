import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { engineScript, PanelPage, quickEngine, type SimulatorGlobal } from './support/panel-page.ts';

describe.skipIf(!chromiumPath)('journeys with the built panel in Chromium', { timeout: 900_000 }, () => {
  let out: string;
  let server: FileServer;
  let browser: OpenBrowser;
  let panel: PanelPage;
  let engine: string;

  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'photoshop-panel-'));
    await buildPanel(out, { withEngine: false });
    server = await serveSimulator(out);
    engine = await quickEngine();
    server.put(engineScript, { text: engine, type: 'text/javascript' });
    browser = await openChromium();
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
    await rm(out, { recursive: true, force: true });
  });

  const open = async () => {
    panel = await PanelPage.open(browser.context, server.url);
    await panel.ready();
  };

  it('puts a picture into a soft selection: one step, mask not inverted, skeleton hidden beside it', async () => {
    await open();
    await panel.select('ellipse', [40, 20, 200, 240]);
    await panel.generate();
    await panel.place();
    await panel.placed();
    await panel.keep('placed');
    const seen = await panel.look();
    expect(seen.history).toEqual(['Generate picture']);
    expect(seen.layers.map(({ kind, isVisible }) => [kind, isVisible])).toEqual([
      ['group', false],
      ['pixel', true],
      ['pixel', true],
    ]);
    expect(seen.place).toEqual([40, 20, 160, 220]);
    expect([seen.maskCorner, seen.maskMiddle]).toEqual([0, 255]);
    expect(seen.liveBuffers).toBe(0);
    expect(seen.longestMessage).toBeLessThan(8e6);
    await panel.close();
  });

  it('lands where it was asked for, with the mask of then, though the selection is another by now', async () => {
    await open();
    await panel.select('ellipse', [10, 10, 130, 130]);
    await panel.generate();
    await panel.select('rectangle', [150, 150, 250, 250]);
    await panel.place();
    await panel.placed();
    const seen = await panel.look();
    expect(seen.place).toEqual([10, 10, 120, 120]);
    expect(seen.maskCorner).toBe(0);
    // The next one reads the document of now.
    await panel.generate();
    await panel.place();
    await panel.placed(2);
    const again = await panel.drawnFrom();
    expect(new Set(again).size).toBe(again.length);
    await panel.close();
  });

  it('lands in the document it was made for, while another one is in front', async () => {
    await open();
    await panel.generate();
    await panel.page.click('#new');
    await panel.place();
    await panel.page.waitForFunction(() => {
      const { documents } = (globalThis as unknown as SimulatorGlobal).simulatorPage.simulator.photoshop.app;
      return documents[0].layers.length > 1;
    });
    const seen = await panel.look();
    expect(seen.name).toBe('Document 3');
    expect(seen.layers.length).toBe(1);
    await panel.close();
  });

  it('says so when the document was closed in the middle, and works on', async () => {
    await open();
    await panel.generate();
    await panel.page.click('#close');
    await panel.place();
    await panel.plugin.getByText('no longer open').first().waitFor();
    await panel.page.click('#new');
    await panel.generate();
    await panel.place();
    await panel.placed();
    await panel.close();
  });

  it('keeps what people do meanwhile, and takes back only its own step', async () => {
    await open();
    await panel.generate();
    await panel.page.evaluate(() => {
      const { simulator } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      const [{ id }] = simulator.document.state.layers;
      simulator.document.changeLayer('Rename Layer', id, { name: 'Mine' });
    });
    await panel.place();
    await panel.placed(2);
    await panel.page.click('#undo');
    const seen = await panel.look();
    expect(seen.layers.map(({ name }) => name)).toEqual(['Mine']);
    expect(seen.history).toEqual(['Rename Layer']);
    await panel.close();
  });

  it('draws from what is shown, and leaves hidden layers out', async () => {
    await open();
    await panel.page.evaluate(() => {
      const { simulator } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      const { document: open } = simulator;
      const [ground] = open.state.layers;
      const image = ground.image && {
        ...ground.image,
        data: ground.image.data.map((_, i) => (i % 4 === 1 ? 0 : 255)),
      };
      const hidden = { ...ground, id: 900, name: 'Hidden', isVisible: false, image };
      open.change('Paste', { ...open.state, layers: [hidden, ...open.state.layers] });
    });
    await panel.select('rectangle', [40, 20, 200, 240]);
    await panel.generate();
    await panel.page.evaluate(() => {
      const { simulator } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      const layers = simulator.document.state.layers.filter(({ id }) => id !== 900);
      simulator.document.change('Delete Layer', { ...simulator.document.state, layers });
    });
    await panel.generate();
    const drawnFrom = await panel.drawnFrom();
    expect(drawnFrom.length).toBe(2);
    expect(drawnFrom[0].length).toBeGreaterThan(100);
    expect(drawnFrom[1]).toBe(drawnFrom[0]);
    await panel.close();
  });

  it('stops in the middle when it is cancelled in the panel, and leaves the document alone', async () => {
    await open();
    await panel.slowDown(3000);
    await panel.plugin.locator('.button.main').click();
    await panel.plugin.getByRole('button', { name: 'Cancel', exact: true }).click();
    await panel.ready();
    expect(await panel.plugin.getByRole('button', { name: /^Place/ }).count()).toBe(0);
    const seen = await panel.look();
    expect([seen.history, seen.liveBuffers]).toEqual([[], 0]);
    await panel.close();
  });

  it('waits while another plug-in is at work', async () => {
    await open();
    await panel.generate();
    await panel.page.click('#busy');
    await panel.place();
    await panel.page.waitForTimeout(1500);
    expect((await panel.look()).history).toEqual([]);
    await panel.page.click('#busy');
    await panel.placed();
    await panel.close();
  });

  it('loses no picture that Photoshop takes too long to take: it says why, and the picture is there to be placed', async () => {
    await open();
    await panel.generate();
    await panel.page.click('#busy');
    await panel.place();
    await panel.plugin.getByText('Photoshop takes no changes just now').first().waitFor();
    expect((await panel.look()).history).toEqual([]);
    await panel.page.click('#busy');
    await panel.place();
    await panel.placed();
    await panel.close();
  });

  it('comes back as it was when it is closed and opened, and follows the theme', async () => {
    await open();
    const prompt = panel.plugin.locator('textarea').first();
    await prompt.fill('a man in a blue coat');
    await panel.page.waitForTimeout(1500);
    await panel.page.click('#toggle');
    expect(await panel.page.locator('#panel iframe').count()).toBe(0);
    await panel.page.click('#toggle');
    await panel.ready();
    expect(await prompt.inputValue()).toBe('a man in a blue coat');
    const ground = () =>
      panel.plugin
        .locator('.studio')
        .first()
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    const dark = await ground();
    await panel.page.selectOption('#theme', 'lightest');
    await expect.poll(ground).not.toBe(dark);
    await panel.keep('lightest');
    await panel.close();
  });

  it('says why nothing can be made where the engine is missing, and what to do', async () => {
    server.put(engineScript, '/nowhere');
    try {
      panel = await PanelPage.open(browser.context, server.url);
      await panel.plugin
        .getByText(/has no engine\.js|Install the panel again/)
        .first()
        .waitFor();
      await panel.keep('without-engine');
    } finally {
      server.put(engineScript, { text: engine, type: 'text/javascript' });
    }
    await panel.close();
  });

  it('records a command into an Action, plays it, and cancels it', async () => {
    await open();
    await panel.page.click('#record');
    await panel.chooseMenu('Generate with the last settings');
    await panel.placed();
    await panel.page.waitForFunction(
      () => (globalThis as unknown as SimulatorGlobal).simulatorPage.simulator.steps.length === 1,
    );
    await panel.page.click('#record');
    await panel.page.click('#play');
    await panel.placed(2);
    await panel.page.waitForFunction(() => document.querySelector('#progress')?.hasAttribute('hidden'));
    expect((await panel.look()).history).toEqual(['Generate picture', 'Generate picture']);
    await panel.slowDown(2000);
    await panel.page.click('#play');
    await panel.page.locator('#progress small', { hasText: /\w/ }).waitFor();
    await panel.keep('action');
    await panel.page.click('#stop');
    await panel.page.locator('dialog').waitFor();
    expect((await panel.look()).history.length).toBe(2);
    await panel.close();
  });

  it('saves the report of its self-test, with what the webview and Photoshop answered', async () => {
    await open();
    await panel.chooseMenu('Test Stable-Pose in this Photoshop');
    await panel.page.waitForFunction(
      () => (globalThis as unknown as SimulatorGlobal).simulatorPage.saved.size > 0,
      undefined,
      {
        timeout: 200_000,
      },
    );
    const text = await panel.page.evaluate(() => {
      const { saved } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      return new TextDecoder().decode(saved.get('stable-pose-photoshop-report.json'));
    });
    const report = JSON.parse(text);
    expect(report.page).toMatchObject({ isWebKit: false, hasWorkers: 'yes' });
    expect(report.page.stores.localStorage).toContain('SecurityError');
    expect(
      report.photoshop.conformance.filter(({ outcome }: { outcome: string }) => outcome === 'failed'),
    ).toEqual([]);
    expect((await panel.look()).layers.length).toBe(1);
    // The simulator does as the Photoshop of that report from then on, and the panel works in it.
    report.photoshop.answers.layerBesideGroup = { value: 'inside' };
    const changed = Buffer.from(JSON.stringify(report));
    await panel.page.setInputFiles('#report-file', {
      name: 'report.json',
      mimeType: 'application/json',
      buffer: changed,
    });
    await panel.page.waitForFunction(
      () =>
        (globalThis as unknown as SimulatorGlobal).simulatorPage.simulator.limits.layerBesideGroup ===
        'inside',
    );
    await panel.page.click('#new');
    await panel.ready();
    await panel.generate();
    await panel.place();
    await panel.placed();
    await panel.close();
  });

  it('holds no more memory after a hundred pictures than after twenty', { timeout: 1_800_000 }, async () => {
    await open();
    await panel.slowDown(0);
    const session = await panel.page.context().newCDPSession(panel.page);
    const heap = async () => {
      await session.send('HeapProfiler.collectGarbage');
      const { usedSize } = await session.send('Runtime.getHeapUsage');
      return usedSize;
    };
    const make = async (count: number) => {
      for (let i = 0; i < count; i++) {
        await panel.page.evaluate(() =>
          (globalThis as unknown as SimulatorGlobal).simulatorPage.realm?.runCommand('generate'),
        );
        await panel.placed();
        await panel.page.evaluate(() =>
          (globalThis as unknown as SimulatorGlobal).simulatorPage.simulator.undo(),
        );
      }
    };
    await make(20);
    const before = await heap();
    await make(80);
    expect((await heap()) - before).toBeLessThan(12e6);
    expect((await panel.look()).liveBuffers).toBe(0);
    await panel.close();
  });
});

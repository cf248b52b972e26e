import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Frame, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFigmaPlugin } from '../../packages/figma-plugin/rollup.plugin.mjs';
import { afterTest, startTestServer } from '../server/start-test-server.ts';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { connect, type SimulatorGlobal as Global, OpenPlugin, ready } from './simulator/open-plugin.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { serveTeamBuild } from './simulator/serve-team-build.ts';
import { eventually } from './support/eventually.ts';

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_FIGMA_PICTURES;

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const tab = (plugin: Frame, name: string) => plugin.getByRole('tab', { name }).click();
const place = (plugin: Frame) => plugin.getByRole('button', { name: 'Place into Figma' }).first().click();

/** Few steps: what the picture shows does not matter here. */
async function fewSteps(plugin: Frame, steps = 2): Promise<void> {
  await tab(plugin, 'Generate');
  await plugin.getByText('More settings').click();
  const field = plugin.getByLabel('Steps', { exact: true });
  await field.fill(String(steps));
  await field.press('Tab');
}

/** Presses the button and waits until it is in the middle. */
async function begin(plugin: Frame): Promise<void> {
  await plugin.locator('.button.main').click();
  await plugin.locator('progress[value]:not([value="0"])').waitFor();
}

/** Presses the button and waits for so many results. */
async function generate(plugin: Frame, results = 1): Promise<void> {
  await plugin.locator('.button.main').click();
  await tab(plugin, 'Results');
  await eventually(() => plugin.locator('.result').count()).toBe(results);
}

/** In pixels of the first frame: where a joint's layer is, and where the request of the placed picture has it. */
const wristOf = (page: Page) =>
  page.evaluate(() => {
    const { simulator } = (globalThis as unknown as Global).simulatorPage;
    const [frame] = simulator.page.children;
    if (frame.type !== 'FRAME') throw new Error('There is no frame.');
    const box = (node: typeof frame) => node.absoluteBoundingBox ?? { x: 0, y: 0, width: 0, height: 0 };
    const group = frame.children.find(({ type }) => type === 'GROUP');
    const joint =
      group?.type === 'GROUP' ? group.children.find(({ name }) => name === 'right_wrist') : undefined;
    const at = box(joint as unknown as typeof frame);
    const rectangle = frame.children.find(({ type }) => type === 'RECTANGLE');
    const note = rectangle?.getPluginData('stable-pose.request');
    const { x, y } = box(frame);
    return {
      layer: [at.x + at.width / 2 - x, at.y + at.height / 2 - y],
      request: note
        ? (JSON.parse(note) as { poses: { keypoints: number[][] }[] }).poses[0].keypoints[10].slice(0, 2)
        : undefined,
    };
  });

/** Nothing was left uncaught in the main half. */
async function end(opened: OpenPlugin): Promise<void> {
  expect(await opened.failures()).toEqual([]);
  await opened.page.close();
}

/** A picture of 256 pixels, of someone who walks. */
const walker = readFileSync(new URL('../golden/held-out-render.png', import.meta.url)).toString('base64');

/** One picture into the first frame; or many beside each other, in no frame. One is selected. */
function layPictures({ png, count }: { readonly png: string; readonly count: number }): void {
  const { simulatorPage } = globalThis as unknown as Global;
  const { figma, page, select, forgetUndo } = simulatorPage.simulator;
  const { hash } = figma.createImage(Uint8Array.from(atob(png), (letter) => letter.charCodeAt(0)));
  const [frame] = page.children;
  for (let i = 0; i < count; i++) {
    const picture = figma.createRectangle();
    if (frame?.type === 'FRAME') frame.appendChild(picture);
    picture.resize(256, 256);
    picture.x = frame ? 0 : 300 * (i % 20);
    picture.y = frame ? 0 : 300 * Math.floor(i / 20);
    picture.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
    if (i === Math.floor(count / 2)) select([picture]);
  }
  forgetUndo();
  simulatorPage.showAll();
}

/** A picture that fills the frame: stripes of many colours. */
async function paintFrame(): Promise<void> {
  const { simulator } = (globalThis as unknown as Global).simulatorPage;
  const canvas = new OffscreenCanvas(256, 256);
  const context = canvas.getContext('2d');
  for (let x = 0; context && x < 256; x += 8) {
    context.fillStyle = `hsl(${x} 70% ${30 + x / 8}%)`;
    context.fillRect(x, 0, 8, 256);
  }
  const png = new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer());
  const [frame] = simulator.page.children;
  const picture = simulator.figma.createRectangle();
  if (frame.type === 'FRAME') frame.appendChild(picture);
  picture.resize(256, 256);
  const { hash } = simulator.figma.createImage(png);
  picture.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: hash }];
}

/** What the first frame shows without ellipses: red, green, blue of each pixel. */
async function frameWithoutShape(): Promise<number[]> {
  const { simulator } = (globalThis as unknown as Global).simulatorPage;
  const [frame] = simulator.page.children;
  if (frame.type !== 'FRAME') throw new Error('There is no frame.');
  const hidden = frame.children.filter(({ type, visible }) => type === 'ELLIPSE' && visible);
  for (const one of hidden) one.visible = false;
  const png = await frame.exportAsync({ format: 'PNG', useAbsoluteBounds: true, colorProfile: 'SRGB' });
  for (const one of hidden) one.visible = true;
  const bitmap = await createImageBitmap(new Blob([png.slice()]));
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d');
  context?.drawImage(bitmap, 0, 0);
  const { data } = context!.getImageData(0, 0, bitmap.width, bitmap.height);
  return [...data].filter((_, i) => i % 4 < 3);
}

describe.skipIf(!chromiumPath)(
  'journeys through the built plug-in, in Chromium',
  { timeout: 1_200_000 },
  () => {
    let out: string;
    let server: FileServer;
    let browser: OpenBrowser;
    beforeAll(async () => {
      out = await mkdtemp(join(tmpdir(), 'figma-plugin-'));
      await buildFigmaPlugin(join(out, 'own'));
      server = await serveSimulator({ '/plugin/': join(out, 'own') });
      browser = await openChromium();
    }, 900_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      await rm(out, { recursive: true, force: true });
    });
    const open = () => OpenPlugin.open(browser.context, server.url);

    it('people are put into the file as layers, moved there, and drawn as they stand, without a network', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      const plugin = await opened.run();
      await browser.context.setOffline(true);
      try {
        await plugin.getByRole('button', { name: 'Put everyone into Figma as layers' }).click();
        await eventually(async () => (await opened.document()).shown[0].children).toEqual(['GROUP true']);
        expect((await opened.document()).undoSteps).toBe(1);
        await keep(page, 'layers-put');
        const joint = plugin.getByRole('button', { name: /^Right wrist, Person 1/ });
        const before = (await joint.boundingBox())!;
        await page.evaluate(() => {
          const { simulator } = (globalThis as unknown as Global).simulatorPage;
          const [frame] = simulator.page.children;
          const group = frame.type === 'FRAME' ? frame.children[0] : undefined;
          const wrist =
            group?.type === 'GROUP' ? group.children.find(({ name }) => name === 'right_wrist') : undefined;
          simulator.byHand(() => {
            if (wrist) wrist.x += 30;
          });
          simulator.forgetUndo();
        });
        // The panel follows the layers.
        await eventually(async () => (await joint.boundingBox())!.x).toBeGreaterThan(before.x + 10);
        await fewSteps(plugin);
        await generate(plugin);
        const { undoSteps } = await opened.document();
        await plugin.getByText('Leave skeletons visible').click();
        await place(plugin);
        await eventually(async () => (await opened.document()).undoSteps).toBe(undoSteps + 1);
        await keep(page, 'layers-placed');
        const { layer, request } = await wristOf(page);
        expect(request![0]).toBeCloseTo(layer[0], 0);
        expect(request![1]).toBeCloseTo(layer[1], 0);
        expect((await opened.document()).shown[0].children).toEqual(['RECTANGLE true', 'GROUP true']);
        expect(await opened.failures()).toEqual([]);
      } finally {
        await browser.context.setOffline(false);
      }
      await page.close();
    });

    it('variants of one request become a row of frames, in one undo step', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      const plugin = await opened.run();
      await fewSteps(plugin);
      await plugin.getByLabel('Pictures', { exact: true }).fill('2');
      await plugin.getByLabel('Pictures', { exact: true }).press('Tab');
      await generate(plugin, 2);
      await plugin.getByRole('button', { name: 'Place all 2 variants into Figma' }).first().click();
      await eventually(async () => (await opened.document()).undoSteps).toBe(1);
      const { shown } = await opened.document();
      expect(shown.map(({ name }) => name)).toEqual(['Frame 1', 'Frame 1 2']);
      for (const { children } of shown)
        expect(children.filter((child) => child.startsWith('RECTANGLE'))).toHaveLength(1);
      await keep(page, 'variants');
      await page.getByRole('button', { name: 'Undo' }).click();
      expect((await opened.document()).shown.map(({ children }) => children)).toEqual([[]]);
      await end(opened);
    });

    it('an ellipse over a picture is redrawn inside, and nothing else', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      await page.evaluate(paintFrame);
      await page.getByRole('button', { name: 'Ellipse' }).click();
      await page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        const [frame] = simulator.page.children;
        const [shape] = simulator.page.selection;
        if (frame.type === 'FRAME') frame.appendChild(shape);
        shape.x = 48;
        shape.y = 40;
        simulator.forgetUndo();
      });
      const before = await page.evaluate(frameWithoutShape);
      const plugin = await opened.run();
      await keep(page, 'shape-selected');
      await fewSteps(plugin);
      await generate(plugin);
      await place(plugin);
      await eventually(async () => (await opened.document()).undoSteps).toBe(1);
      await keep(page, 'shape-placed');
      const after = await page.evaluate(frameWithoutShape);
      let changed = 0;
      for (let y = 0; y < 256; y++) {
        for (let x = 0; x < 256; x++) {
          const at = 3 * (256 * y + x);
          const isSame = [0, 1, 2].every((i) => before[at + i] === after[at + i]);
          // Of 160 pixels across, its middle at 128, 120.
          const far = Math.hypot(x + 0.5 - 128, y + 0.5 - 120) - 80;
          if (far > 1) expect(isSame, `${x}, ${y}`).toBe(true);
          if (far < -10 && !isSame) changed++;
        }
      }
      expect(changed).toBeGreaterThan(0.9 * Math.PI * 70 ** 2);
      const { shown } = await opened.document();
      expect(shown.map(({ name }) => name)).toEqual(['Frame 1']);
      expect(shown[0].children).toEqual(['RECTANGLE true', 'ELLIPSE false', 'RECTANGLE true', 'GROUP false']);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect((await opened.document()).shown[0].children).toEqual(['RECTANGLE true', 'ELLIPSE true']);
      await end(opened);
    });

    it('people are found in a photo, and stand over it as layers', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      await page.evaluate(layPictures, { png: walker, count: 1 });
      const plugin = await opened.run();
      await plugin.getByRole('button', { name: 'Find people' }).click();
      await eventually(async () => (await opened.document()).shown[0].children).toEqual([
        'RECTANGLE true',
        'GROUP true',
      ]);
      await keep(page, 'people-found');
      expect((await opened.document()).undoSteps).toBe(1);
      const joints = await page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        const [frame] = simulator.page.children;
        const group = frame.type === 'FRAME' ? frame.children[1] : undefined;
        const at = frame.absoluteBoundingBox ?? { x: 0, y: 0 };
        const layers = group?.type === 'GROUP' ? group.children : [];
        return layers
          .filter(({ type }) => type === 'ELLIPSE')
          .map(({ name, absoluteBoundingBox: box }) => ({
            name,
            x: box ? box.x + box.width / 2 - at.x : Number.NaN,
            y: box ? box.y + box.height / 2 - at.y : Number.NaN,
          }));
      });
      // She walks to the right: head at 150, 60; feet at 100 and 195, 230.
      expect(joints.length).toBeGreaterThan(10);
      const joint = (name: string) => joints.find((one) => one.name === name)!;
      expect(Math.hypot(joint('nose').x - 158, joint('nose').y - 62)).toBeLessThan(15);
      for (const name of ['left_ankle', 'right_ankle']) {
        const { x, y } = joint(name);
        expect(Math.min(Math.hypot(x - 103, y - 208), Math.hypot(x - 172, y - 208)), name).toBeLessThan(25);
      }
      await end(opened);
    });

    it('in a file of 300 pictures one is worked on, nobody is drawn twice, and the others stay', async () => {
      const opened = await open();
      const { page } = opened;
      await page.evaluate(layPictures, { png: walker, count: 300 });
      const plugin = await opened.run();
      const kinds = async () => {
        const { shown } = await opened.document();
        const count = (name: string) => shown.filter((one) => one.name === name).length;
        return { pictures: count('rectangle'), people: count('Person 1'), all: shown.length };
      };
      await plugin.getByRole('button', { name: 'Put everyone into Figma as layers' }).click();
      await eventually(kinds).toEqual({ pictures: 300, people: 1, all: 301 });
      await fewSteps(plugin);
      await generate(plugin);
      const { undoSteps } = await opened.document();
      await place(plugin);
      await eventually(kinds).toEqual({ pictures: 300, people: 1, all: 302 });
      await keep(page, 'of-300-pictures');
      expect((await opened.document()).undoSteps).toBe(undoSteps + 1);
      const selected = (await opened.document()).shown.filter((one) => one.selected);
      expect(selected.map(({ name }) => name)).toEqual(['rectangle']);
      await page.getByRole('button', { name: 'Undo' }).click();
      expect(await kinds()).toEqual({ pictures: 300, people: 1, all: 301 });
      await end(opened);
    });

    it('cancelled or closed in the middle, nothing is changed, and the plug-in starts anew', async () => {
      const opened = await open();
      const { page } = opened;
      await opened.newFrame();
      let plugin = await opened.run();
      const before = await opened.document();
      await begin(plugin);
      await plugin.getByRole('button', { name: 'Cancel', exact: true }).click();
      await plugin.locator('.progress-row').waitFor({ state: 'detached' });
      expect(await opened.document()).toEqual(before);
      await begin(plugin);
      await page.getByRole('button', { name: 'Close the plug-in' }).click();
      await eventually(() => page.frames().length).toBe(1);
      expect(await opened.document()).toEqual(before);
      plugin = await opened.run();
      await fewSteps(plugin);
      await generate(plugin);
      await end(opened);
    });
  },
);

/** A team's build before a server whose engine is a stub, so that the middle of a picture can be met. */
describe.skipIf(!chromiumPath)("journeys through a team's build, in Chromium", { timeout: 600_000 }, () => {
  let out: string;
  let browser: OpenBrowser;
  beforeAll(async () => {
    out = await mkdtemp(join(tmpdir(), 'figma-plugin-'));
    await buildFigmaPlugin(join(out, 'own'));
    browser = await openChromium();
  }, 900_000);
  afterAll(async () => {
    await browser?.close();
    await rm(out, { recursive: true, force: true });
  });

  async function openTeam(options: Parameters<typeof startTestServer>[0] = {}) {
    const made = await startTestServer({ allowedOrigins: ['null'], ...options });
    const site = await serveTeamBuild(join(out, 'own'), join(out, 'team'), made.url);
    afterTest(() => site.close());
    const opened = await OpenPlugin.open(browser.context, site.url);
    await opened.newFrame();
    const plugin = await opened.start();
    return { made, opened, plugin, page: opened.page };
  }

  it('the page is switched in the middle: the picture comes to the frame that it was asked for', async () => {
    const { made, opened, plugin, page } = await openTeam({ stub: { stepMs: 150 } });
    await connect(plugin, made.url, made.token);
    await ready(plugin);
    await begin(plugin);
    await page.getByRole('button', { name: 'New page' }).click();
    await eventually(async () => (await opened.document()).shown).toEqual([]);
    // A new page is a step of the person's own.
    await page.evaluate(() => (globalThis as unknown as Global).simulatorPage.simulator.forgetUndo());
    await tab(plugin, 'Results');
    await plugin.locator('.result').first().waitFor();
    await place(plugin);
    await eventually(async () => (await opened.document()).undoSteps).toBe(1);
    expect((await opened.document()).shown).toEqual([]);
    await page.getByRole('combobox', { name: 'Page', exact: true }).selectOption('Page 1');
    await eventually(async () => (await opened.document()).shown[0]?.children).toEqual([
      'RECTANGLE true',
      'GROUP false',
    ]);
    await keep(page, 'page-switched');
    await end(opened);
  });

  it('the frame is deleted in the middle: the picture stays in the panel, and the panel says why it is not placed', async () => {
    const { made, opened, plugin, page } = await openTeam({ stub: { stepMs: 150 } });
    await connect(plugin, made.url, made.token);
    await ready(plugin);
    await begin(plugin);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.evaluate(() => (globalThis as unknown as Global).simulatorPage.simulator.forgetUndo());
    await tab(plugin, 'Results');
    await plugin.locator('.result').first().waitFor();
    await place(plugin);
    await plugin.getByText('no longer in the document').first().waitFor();
    await keep(page, 'frame-deleted');
    expect(await opened.document()).toEqual({ shown: [], undoSteps: 0 });
    expect(await plugin.locator('.result').count()).toBe(1);
    await end(opened);
  });

  it('people are cut out by a server that can, and the cut-out is placed', async () => {
    const { made, opened, plugin, page } = await openTeam();
    await connect(plugin, made.url, made.token);
    await ready(plugin);
    await generate(plugin);
    await plugin.getByRole('button', { name: 'Cut out', exact: true }).click();
    await eventually(() => plugin.locator('.result').count()).toBe(2);
    await place(plugin);
    await eventually(async () => (await opened.document()).undoSteps).toBe(1);
    await keep(page, 'cut-out');
    await end(opened);
  });

  it('the server goes away in the middle, and is another version when it comes back: both are said', async () => {
    const { made, opened, plugin, page } = await openTeam({ stub: { stepMs: 400 } });
    await connect(plugin, made.url, made.token);
    await ready(plugin);
    const before = await opened.document();
    await begin(plugin);
    await made.stop(0);
    await plugin.getByText(made.url, { exact: false }).first().waitFor();
    await plugin.getByRole('button', { name: 'Try again' }).first().waitFor();
    await keep(page, 'server-lost');
    expect(await opened.document()).toEqual(before);
    const newer = await startTestServer({
      allowedOrigins: ['null'],
      dataFolder: made.folder,
      ports: [made.port],
      protocols: [99],
    });
    expect(newer.token).toBe(made.token);
    await plugin.getByRole('button', { name: 'Try again' }).first().click();
    await plugin
      .getByText(/is older: update/)
      .first()
      .waitFor();
    await keep(page, 'server-version');
    await page.close();
  });

  it('another server than the one of the manifest is refused by the page’s policy, and the panel says so', async () => {
    const other = await startTestServer({ allowedOrigins: ['null'] });
    const { plugin, page } = await openTeam();
    await connect(plugin, other.url, other.token);
    await plugin.getByText("The page's own policy forbids calling").first().waitFor();
    await keep(page, 'server-forbidden');
    await page.close();
  });
});

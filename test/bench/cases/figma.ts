import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GenerationResult } from '@stable-pose/core';
import { StubEngine, standingPose } from '@stable-pose/sdk/testing';
import { startServer } from '@stable-pose/server';
import type { BrowserContext } from 'playwright-core';
import { buildFigmaPlugin } from '../../../packages/figma-plugin/rollup.plugin.mjs';
import type { GroupNode } from '../../../packages/figma-plugin/src/main/figma.ts';
import {
  connect,
  OpenPlugin,
  ready,
  type SimulatorGlobal,
} from '../../figma-plugin/simulator/open-plugin.ts';
import { serveSimulator } from '../../figma-plugin/simulator/serve-simulator.ts';
import { serveTeamBuild } from '../../figma-plugin/simulator/serve-team-build.ts';
import { chromiumPath, openChromium } from '../../support/open-chromium.ts';
import { type Bench, type BenchCase, BenchSkip, median } from '../bench-case.ts';

const skeletons = 50;
const times = 5;
const pictureSide = 1024;

/** The built plug-in in the simulator's page: its main half in QuickJS, its page at no origin, in a real Chromium. */
export const figmaCases: readonly BenchCase[] = [
  {
    name: 'figma-open',
    what: 'Figma plugin with models inside, from its menu to a panel that takes words and poses, Chromium',
    limits: { seconds: 3 },
    run: (bench) => inSimulator(bench, {}, ({ site }) => open(bench, site)),
  },
  {
    name: 'figma-read',
    what: `the same, ${skeletons} skeletons of a page read back: time of the main half`,
    limits: { seconds: 0.2 },
    run: (bench) => inSimulator(bench, { isLight: true }, ({ site }) => read(bench, site, 'sumMs')),
  },
  {
    name: 'figma-slice',
    what: 'the same, the longest time for which it held Figma up',
    limits: { seconds: 0.05 },
    run: (bench) => inSimulator(bench, { isLight: true }, ({ site }) => read(bench, site, 'longestMs')),
  },
  {
    name: 'figma-place',
    what: `the same, a picture of ${pictureSide} x ${pictureSide} pixels placed, from the click to the layer`,
    limits: { seconds: 0.3 },
    run: (bench) =>
      inSimulator(bench, { isLight: true }, ({ own, folder, context }) => place(bench, own, folder, context)),
  },
];

interface Built {
  readonly own: string;
  readonly folder: string;
  readonly context: BrowserContext;
  readonly site: () => Promise<OpenPlugin>;
}

/** @param options.isLight without the models: they lie beside the work that is measured */
async function inSimulator(
  bench: Bench,
  { isLight = false }: { readonly isLight?: boolean },
  work: (built: Built) => Promise<number[]>,
): Promise<number[]> {
  if (!chromiumPath) throw new BenchSkip('there is no Chromium.');
  const folder = mkdtempSync(join(tmpdir(), 'stable-pose-figma-'));
  const own = join(folder, 'own');
  await buildFigmaPlugin(own, isLight ? { models: 'https://models.example/' } : {});
  bench.note(`the page is ${(statSync(join(own, 'ui.html')).size / 1e6).toFixed(1)} MB`);
  const server = await serveSimulator({ '/plugin/': own });
  const browser = await openChromium();
  try {
    const { context } = browser;
    return await work({ own, folder, context, site: () => OpenPlugin.open(context, server.url) });
  } finally {
    await browser.close();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Until the panel shows who stands in the frame and takes words. Pictures can be made when the engine is there too. */
async function open(bench: Bench, site: () => Promise<OpenPlugin>): Promise<number[]> {
  const seconds: number[] = [];
  const frameSeconds: number[] = [];
  const engineSeconds: number[] = [];
  await bench.begin();
  for (let i = 0; i < times; i++) {
    const opened = await site();
    await opened.newFrame();
    const begin = await opened.page.evaluate(() => {
      document.querySelector<HTMLElement>('#run')?.click();
      return Date.now();
    });
    const plugin = await opened.frame();
    const since = async () => ((await plugin.evaluate(() => Date.now())) - begin) / 1000;
    await plugin.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor();
    await plugin.getByRole('button', { name: /^Right wrist, Person 1/ }).waitFor();
    seconds.push(await since());
    frameSeconds.push(await plugin.evaluate(() => (Date.now() - performance.timeOrigin) / 1000));
    await ready(plugin);
    engineSeconds.push(await since());
    await opened.page.close();
  }
  await bench.end();
  bench.note(`${median(frameSeconds).toFixed(2)} s of it since the window was there`);
  bench.note(`with the engine open, a picture can be asked for after ${median(engineSeconds).toFixed(2)} s`);
  return seconds;
}

/** Asks the built main half as the panel does, which is closed: nobody else asks meanwhile. */
async function read(
  bench: Bench,
  site: () => Promise<OpenPlugin>,
  figure: 'sumMs' | 'longestMs',
): Promise<number[]> {
  const opened = await site();
  const { page } = opened;
  await opened.newFrame();
  const plugin = await opened.start();
  await plugin.getByRole('textbox', { name: 'Prompt', exact: true }).waitFor();
  await page.evaluate(() => (globalThis as unknown as SimulatorGlobal).simulatorPage.closeWindow());
  const pose = standingPose({ x: 10, y: 10, width: 80, height: 230 });
  await page.evaluate(askMain, { id: 1, call: 'placePoses', given: { poses: [pose], isVisible: true } });
  await page.evaluate(standPeople, skeletons);
  const seconds: number[] = [];
  for (let i = 0; i <= times; i++) {
    const told = await page.evaluate(askMain, { id: i + 2, call: 'readPoses', given: {} });
    if (!told.answer.includes(`${skeletons} people`))
      throw new Error(`Not everyone was read: ${told.answer}`);
    // The first time is the VM's to grow.
    if (i > 0) seconds.push(told[figure] / 1000);
    if (i === times)
      bench.note(`${told.calls} ways into the document; answered after ${(told.wallMs / 1000).toFixed(2)} s`);
  }
  await page.close();
  return seconds;
}

/** In the simulator's page: so many people in the first frame, each a copy of one whom the plug-in drew. */
async function standPeople(count: number): Promise<void> {
  const { simulator } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
  const [frame] = simulator.page.children;
  if (frame.type !== 'FRAME') throw new Error('There is no frame.');
  const [first] = frame.children;
  for (let i = 1; i < count; i++) {
    const twin = (first as GroupNode).clone();
    frame.appendChild(twin);
    twin.x += 5 * i;
  }
  simulator.forgetUndo();
  // What follows a change comes to rest.
  await new Promise((resolve) => setTimeout(resolve, 3000));
}

/** In the simulator's page: a call about the first frame, past those of the panel. @returns what it said, and took */
async function askMain(asked: { readonly id: number; readonly call: string; readonly given: object }) {
  const { simulator, main } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
  const id = 900_000 + asked.id;
  const given = { target: `node|${simulator.page.children[0].id}`, ...asked.given };
  const { calls } = simulator;
  main?.forgetTimes();
  const begin = performance.now();
  const answer = await new Promise<string>((resolve) => {
    const stop = simulator.ui.receive((message) => {
      const { body } = message as { readonly body?: { readonly id?: number } };
      if (body?.id !== id) return;
      stop();
      resolve(JSON.stringify(body));
    });
    const body = { kind: 'call', id, call: asked.call, given };
    simulator.ui.send({ stablePose: 1, kind: 'head', message: id, body, lengths: [] });
  });
  return {
    answer,
    calls: simulator.calls - calls,
    wallMs: performance.now() - begin,
    sumMs: main?.sumMs ?? 0,
    longestMs: main?.longestMs ?? 0,
  };
}

/** Its pictures are as hard to pack as photos are: some 2 MB of a million pixels. */
class GrainyEngine extends StubEngine {
  override async generate(...given: Parameters<StubEngine['generate']>): Promise<GenerationResult> {
    const result = await super.generate(...given);
    let state = 1;
    const data = result.pictures[0].raster.data.map((value) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.min(255, value + (state >>> 28));
    });
    const pictures = result.pictures.map((one) => ({ ...one, raster: { ...one.raster, data } }));
    return { ...result, pictures };
  }
}

/** A team's build before a server whose engine is a stub: a large picture takes it no time. */
async function place(bench: Bench, own: string, folder: string, context: BrowserContext): Promise<number[]> {
  const engine = new GrainyEngine({ nativeSide: pictureSide });
  const dataFolder = join(folder, 'server');
  const options = { engine, dataFolder, version: '0.0.0', ports: [0], allowedOrigins: ['null'] };
  const { url, token, stop } = await startServer(options);
  const simulator = await serveTeamBuild(own, join(folder, 'team'), url);
  try {
    const opened = await OpenPlugin.open(context, simulator.url);
    const { page } = opened;
    await opened.newFrame();
    await page.evaluate((side) => {
      const { simulatorPage } = globalThis as unknown as SimulatorGlobal;
      const [frame] = simulatorPage.simulator.page.selection;
      if (frame?.type === 'FRAME') frame.resize(side, side);
    }, pictureSide);
    const plugin = await opened.start();
    await connect(plugin, url, token);
    await ready(plugin);
    await plugin.locator('.button.main').click();
    await plugin.getByRole('tab', { name: 'Results' }).click();
    const button = plugin.getByRole('button', { name: 'Place into Figma' }).first();
    await button.waitFor();
    const seconds: number[] = [];
    const slices: number[] = [];
    for (let i = 0; i <= times; i++) {
      const placed = page.evaluate(nextPicture);
      const begin = await button.evaluate((one: HTMLElement) => {
        one.click();
        return Date.now();
      });
      const { end, longestMs } = await placed;
      // The first time nobody stands in the frame yet, and code runs for the first time.
      if (i === 0) bench.note(`the first one after ${((end - begin) / 1000).toFixed(2)} s`);
      else {
        seconds.push((end - begin) / 1000);
        slices.push(longestMs);
      }
    }
    bench.note(`the main half held Figma up for at most ${median(slices).toFixed(0)} ms`);
    await page.close();
    return seconds;
  } finally {
    await simulator.close();
    await stop(0);
  }
}

/** In the simulator's page: when another picture lies in the first frame. */
async function nextPicture() {
  const { simulator, main } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
  const [frame] = simulator.page.children;
  if (frame.type !== 'FRAME') throw new Error('There is no frame.');
  const before = frame.children.length;
  main?.forgetTimes();
  while (frame.children.length <= before) await new Promise((resolve) => setTimeout(resolve, 2));
  return { end: Date.now(), longestMs: main?.longestMs ?? 0 };
}

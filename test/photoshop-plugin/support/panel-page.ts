import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Frame, FrameLocator, Locator, Page } from 'playwright-core';
import { bundlePageScript, packCarried } from '../../../packages/sdk/bundle/carried-engine.mjs';
import { repositoryRoot } from '../../support/bundle-page.ts';
import type { PhotoshopSimulatorPage } from '../simulator/page.ts';

/** What the simulator's page has in its window. */
export type SimulatorGlobal = { simulatorPage: PhotoshopSimulatorPage };

/** Where the package has its engine's script, in the simulator's server. */
export const engineScript = '/plugin/studio/files/engine.js.js';

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_PHOTOSHOP_PICTURES;

/** An engine that answers at once, in the place of the package's: shell and panel are those that are shipped. */
export async function quickEngine(): Promise<string> {
  const script = await bundlePageScript({
    stdin: {
      resolveDir: repositoryRoot,
      contents: `
        import { StubEngine } from '@stable-pose/sdk/testing';
        const stubEngine = new StubEngine({ stepMs: 10, nativeSide: 256 });
        Object.assign(globalThis, { stubEngine, stablePoseCarriedEngine: async () => stubEngine });
      `,
    },
  });
  return `stablePoseCarried("engine.js","${packCarried(script)}")`;
}

/** The quick engine, in the panel's frame. */
interface PanelWindow {
  readonly stubEngine: {
    readonly options: { stepMs: number };
    readonly requests: readonly { readonly image?: { readonly picture: string } }[];
  };
}

export interface PanelPageOptions {
  readonly viewport?: { readonly width: number; readonly height: number };
  /** Of the document, pixels. */
  readonly side?: number;
  /** A square PNG of that side, to be the document. */
  readonly picture?: Buffer;
}

/** The simulator's page with an open document and the panel beside it, and hands for both. */
export class PanelPage {
  readonly page: Page;
  /** The studio, in the webview's frame. */
  readonly plugin: FrameLocator;
  private readonly side: number;

  private constructor(page: Page, side: number) {
    this.page = page;
    this.plugin = page.frameLocator('#panel iframe');
    this.side = side;
  }

  static async open(
    context: BrowserContext,
    url: string,
    { viewport = { width: 1440, height: 900 }, side = 256, picture }: PanelPageOptions = {},
  ): Promise<PanelPage> {
    const page = await context.newPage();
    page.setDefaultTimeout(180_000);
    await page.setViewportSize(viewport);
    await page.goto(url);
    await page.waitForFunction('globalThis.simulatorPage !== undefined');
    if (picture) {
      await page.setInputFiles('#file', { name: 'picture.png', mimeType: 'image/png', buffer: picture });
    } else {
      await page.selectOption('#side', String(side));
      await page.click('#new');
    }
    await page.waitForFunction(
      () => (globalThis as unknown as SimulatorGlobal).simulatorPage.document !== undefined,
    );
    return new PanelPage(page, side);
  }

  /** An engine is there, and the button is not greyed. */
  async ready(): Promise<void> {
    await this.plugin.locator('.button.main:not([disabled])').waitFor();
  }

  async select(
    tool: 'rectangle' | 'ellipse',
    [left, top, right, bottom]: readonly [number, number, number, number],
  ): Promise<void> {
    await this.page.selectOption('#tool', tool);
    const box = await this.page.locator('#overlay').boundingBox();
    if (!box) throw new Error('There is no canvas.');
    const at = (x: number, y: number) =>
      [box.x + (box.width * x) / this.side, box.y + (box.height * y) / this.side] as const;
    await this.page.mouse.move(...at(left, top));
    await this.page.mouse.down();
    await this.page.mouse.move(...at(right, bottom), { steps: 3 });
    await this.page.mouse.up();
  }

  /** In the fold of fine settings. */
  async setSteps(steps: number): Promise<void> {
    const field = this.plugin.getByLabel('Steps', { exact: true });
    const fold = this.plugin.locator('details.more').filter({ has: field });
    await fold.locator('summary').click();
    await enter(field, steps);
  }

  setSeed(seed: number): Promise<void> {
    return enter(this.plugin.getByLabel('Seed', { exact: true }), seed);
  }

  /** @param name of the first person's @param by pixels of the screen */
  async dragJoint(name: string, [dx, dy]: readonly [number, number]): Promise<void> {
    const box = await this.plugin
      .getByRole('button', { name: new RegExp(`^${name}, `) })
      .first()
      .boundingBox();
    if (!box) throw new Error(`There is no ${name}.`);
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + dx, y + dy, { steps: 8 });
    await mouse.up();
  }

  async showResults(): Promise<void> {
    await this.plugin.getByRole('tab', { name: /Results/ }).click();
  }

  /** Until the picture is among the results. */
  async generate(): Promise<void> {
    // The figurine's words have a kind "Place", which the other tab shows.
    await this.showResults();
    const before = await this.plugin.getByRole('button', { name: /^Place/ }).count();
    await this.plugin.locator('.button.main').click();
    await this.plugin
      .getByRole('button', { name: /^Place/ })
      .nth(before)
      .waitFor();
  }

  async place(): Promise<void> {
    await this.plugin
      .getByRole('button', { name: /^Place/ })
      .first()
      .click();
  }

  /** Until the history has so many entries. */
  async placed(steps = 1): Promise<void> {
    await this.page.waitForFunction(
      (count) =>
        (globalThis as unknown as SimulatorGlobal).simulatorPage.simulator.document.history.length === count,
      steps,
    );
  }

  async chooseMenu(name: string): Promise<void> {
    await this.page.click('#menu');
    await this.page.getByRole('menuitem', { name }).click();
  }

  /** How long the quick engine takes for a step from now on. */
  async slowDown(stepMs: number): Promise<void> {
    await (await this.frame()).evaluate((given) => {
      (globalThis as unknown as PanelWindow).stubEngine.options.stepMs = given;
    }, stepMs);
  }

  /** The pictures that the quick engine was given to draw from, one a request. */
  async drawnFrom(): Promise<readonly string[]> {
    return (await this.frame()).evaluate(() =>
      (globalThis as unknown as PanelWindow).stubEngine.requests.map(({ image }) => image?.picture ?? ''),
    );
  }

  private async frame(): Promise<Frame> {
    const element = await this.page.locator('#panel iframe').elementHandle();
    const frame = await element?.contentFrame();
    if (!frame) throw new Error('There is no panel.');
    return frame;
  }

  /** What matters of the document that is in front. */
  async look() {
    return this.page.evaluate(() => {
      const { simulator, document: open, realm } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      const layers = open?.childrenOf(undefined) ?? [];
      const picture = layers.find(({ settings }) => 'stablePose' in settings);
      const mask = picture?.mask;
      return {
        name: open?.name,
        layers: layers.map(({ name, kind = 'pixel', isVisible }) => ({ name, kind, isVisible })),
        history: open?.history.map(({ name }) => name) ?? [],
        place: mask && [mask.left, mask.top, mask.raster.width, mask.raster.height],
        maskCorner: mask?.raster.data[0],
        maskMiddle:
          mask?.raster.data[
            Math.floor(mask.raster.height / 2) * mask.raster.width + Math.floor(mask.raster.width / 2)
          ],
        /** How many colours the placed picture has. */
        colours: new Set(picture?.image?.data.filter((_, i) => i % picture.image!.components === 0)).size,
        liveBuffers: simulator.liveBuffers,
        /** A modal scope, or a history that is held, was left behind. */
        isHeld: simulator.modalHolder !== undefined || open?.suspension !== undefined,
        longestMessage: realm?.longestMessage ?? 0,
        alerts: [...simulator.alerts],
      };
    });
  }

  async keep(name: string): Promise<void> {
    if (!pictures) return;
    mkdirSync(pictures, { recursive: true });
    await this.page.screenshot({ path: join(pictures, `${name}.png`) });
  }

  /** Leaves this panel's own engine for the server that answers at one of the known ports. */
  async connectHere(token: string, port: number): Promise<void> {
    const { plugin } = this;
    await plugin.getByRole('button', { name: 'Change', exact: true }).click();
    await plugin.getByRole('button', { name: 'Server here', exact: true }).click();
    await plugin.getByLabel('Token').fill(token);
    await plugin.getByRole('button', { name: 'Connect', exact: true }).click();
    // A frame without an address of its own knows this computer as localhost.
    await plugin.getByText(`Connected with http://localhost:${port}.`).waitFor();
    await plugin.getByRole('button', { name: 'Close', exact: true }).click();
  }

  close(): Promise<void> {
    return this.page.close();
  }
}

async function enter(field: Locator, value: number): Promise<void> {
  await field.fill(String(value));
  await field.press('Tab');
}

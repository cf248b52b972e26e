import type { BrowserContext, Frame, Page } from 'playwright-core';
import type { FigmaSimulatorPage } from './page.ts';

/** What the simulator's page leaves in its global. */
export type SimulatorGlobal = { simulatorPage: FigmaSimulatorPage };

/** An engine is there, and the button is not greyed. */
export async function ready(plugin: Frame): Promise<void> {
  await plugin.locator('.button.main:not([disabled])').waitFor();
}

/** Gives address and token, as people do once. */
export async function connect(plugin: Frame, url: string, token: string): Promise<void> {
  await plugin.getByRole('tab', { name: 'Generate' }).click();
  const address = plugin.getByLabel('Address', { exact: true });
  if ((await address.count()) === 0) await plugin.getByRole('button', { name: 'Change' }).click();
  if ((await address.count()) > 0) await address.fill(url);
  await plugin.getByLabel('Token', { exact: true }).fill(token);
  await plugin.getByRole('button', { name: 'Connect', exact: true }).click();
}

/** A plug-in in the simulator's page, with a person's hands. */
export class OpenPlugin {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  static async open(
    context: BrowserContext,
    url: string,
    { kind = 'srcdoc', plugin = '/plugin/' }: { readonly kind?: string; readonly plugin?: string } = {},
  ): Promise<OpenPlugin> {
    const page = await context.newPage();
    page.setDefaultTimeout(400_000);
    await page.setViewportSize({ width: 1440, height: 860 });
    await page.goto(`${url}/?frame=${kind}&plugin=${plugin}`);
    await page.waitForFunction('globalThis.simulatorPage !== undefined');
    return new OpenPlugin(page);
  }

  /** Presses the button. @returns the plug-in's frame */
  async start(command = 'Open'): Promise<Frame> {
    const { page } = this;
    // The menu is read from the manifest.
    await page.getByRole('combobox', { name: 'Command' }).selectOption(command);
    await page.getByRole('button', { name: /^Run/ }).click();
    return this.frame();
  }

  /** Waits until its window is there. */
  async frame(): Promise<Frame> {
    for (;;) {
      const [, plugin] = this.page.frames();
      if (plugin) return plugin;
      await this.page.waitForTimeout(20);
    }
  }

  /** Presses the button, and waits for an engine. */
  async run(): Promise<Frame> {
    const plugin = await this.start();
    await ready(plugin);
    return plugin;
  }

  /** The figurine's own size, so that a picture takes seconds. */
  async newFrame(): Promise<void> {
    await this.page.getByRole('button', { name: 'New frame' }).click();
    await this.page.evaluate(() => {
      const { simulatorPage } = globalThis as unknown as SimulatorGlobal;
      const [frame] = simulatorPage.simulator.page.selection;
      if (frame?.type === 'FRAME') frame.resize(256, 256);
      simulatorPage.simulator.forgetUndo();
      simulatorPage.showAll();
    });
  }

  /** The page that is shown, as a person's layers list has it, and what undo would take back. */
  document() {
    return this.page.evaluate(() => {
      const { simulator } = (globalThis as unknown as SimulatorGlobal).simulatorPage;
      const shown = simulator.page.children.map((node) => ({
        name: node.name,
        selected: simulator.page.selection.some(({ id }) => id === node.id),
        children: 'children' in node ? node.children.map(({ type, visible }) => `${type} ${visible}`) : [],
      }));
      return { shown, undoSteps: simulator.undoSteps };
    });
  }

  /** What nobody caught in the main half. */
  failures() {
    return this.page.evaluate(
      () => (globalThis as unknown as SimulatorGlobal).simulatorPage.main?.failures ?? [],
    );
  }
}

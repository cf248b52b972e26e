import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, type OpenBrowser, openChromium } from '../support/open-chromium.ts';
import type { FileServer } from '../support/serve-files.ts';
import { type SimulatorGlobal as Global, OpenPlugin } from './simulator/open-plugin.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { eventually } from './support/eventually.ts';

/** Of create-figma-plugin's templates: sources that nobody here wrote, and none of them is changed. */
const templates = ['preact-rectangles', 'react-editor'] as const;

/** Installs the tools from the registry and builds a template as its own scripts would. @returns where its manifest is */
function build(home: string, template: string): string {
  const folder = join(home, template);
  cpSync(join(home, 'node_modules/create-figma-plugin/templates/plugin', template), folder, {
    recursive: true,
  });
  // What the scaffolder would have asked for: name, id, versions.
  const facts = join(folder, 'package.json');
  writeFileSync(facts, readFileSync(facts, 'utf8').replace(/<%- [\w.]+ %>/g, template));
  run(folder, process.execPath, join(home, 'node_modules/.bin/build-figma-plugin'), '--minify');
  return folder;
}

function run(cwd: string, program: string, ...args: string[]): void {
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stdout}${stderr}`);
}

describe.skipIf(!chromiumPath)(
  'plugins that others wrote, built by the usual tool from npm, in the simulator',
  { timeout: 600_000 },
  () => {
    const home = mkdtempSync(join(tmpdir(), 'foreign-figma-plugins-'));
    let server: FileServer;
    let browser: OpenBrowser;
    beforeAll(async () => {
      for (const name of ['package.json', 'package-lock.json'])
        cpSync(join('test/figma-plugin/foreign', name), join(home, name));
      const quiet = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund'];
      run(home, 'npm', 'ci', ...quiet);
      const folders = templates.map((template) => [`/${template}/`, build(home, template)]);
      server = await serveSimulator(Object.fromEntries(folders));
      browser = await openChromium();
    }, 1_200_000);
    afterAll(async () => {
      await browser?.close();
      await server?.close();
      rmSync(home, { recursive: true, force: true });
    });

    async function open(template: string) {
      const opened = await OpenPlugin.open(browser.context, server.url, { plugin: `/${template}/` });
      return { page: opened.page, plugin: await opened.start() };
    }

    const failuresOf = (page: Page) =>
      page.evaluate(() => {
        const { main, logged } = (globalThis as unknown as Global).simulatorPage;
        return [...(main?.failures ?? []), ...logged];
      });

    it('rectangles: as many as were typed, selected, in view, and the window closes', async () => {
      const { page, plugin } = await open('preact-rectangles');
      const field = plugin.locator('input');
      await field.fill('3');
      await plugin.getByRole('button', { name: 'Create' }).click();
      await eventually(() => page.frames().length).toBe(1);
      const seen = await page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        return {
          nodes: simulator.page.children.map((node) => [node.type, node.x, 'fills' in node && node.fills]),
          selected: simulator.page.selection.length,
          view: simulator.figma.viewport.center,
        };
      });
      const fills = [{ type: 'SOLID', color: { r: 1, g: 0.5, b: 0 } }];
      expect(seen.nodes).toEqual([0, 150, 300].map((x) => ['RECTANGLE', x, fills]));
      expect(seen.selected).toBe(3);
      expect(seen.view).toEqual({ x: 200, y: 50 });
      expect(await failuresOf(page)).toEqual([]);
      await page.close();
    });

    it('editor: what was typed, as a text in a font that it loads first', async () => {
      const { page, plugin } = await open('react-editor');
      await plugin.locator('textarea').fill('let answer = 42;\nanswer++;');
      await plugin.getByRole('button', { name: 'Insert Code' }).click();
      await eventually(() => page.frames().length).toBe(1);
      const texts = await page.evaluate(() => {
        const { simulator } = (globalThis as unknown as Global).simulatorPage;
        return simulator.page.children.map((node) => node.type === 'TEXT' && node.characters);
      });
      expect(texts).toEqual(['let answer = 42;\nanswer++;']);
      expect(await failuresOf(page)).toEqual([]);
      await page.close();
    });
  },
);

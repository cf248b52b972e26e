import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { bundleModules } from '../../support/bundle-page.ts';
import { openChromium } from '../../support/open-chromium.ts';
import { serveFiles } from '../../support/serve-files.ts';
import type { MountOptions, StudioTestPage } from './page.ts';

export interface StudioSite {
  /** Of its pages. */
  readonly origin: string;
  /** A fresh page with a studio of the options, ready to be used. */
  open(options?: OpenOptions): Promise<Page>;
  close(): Promise<void>;
}

export interface OpenOptions extends MountOptions {
  readonly width?: number;
  readonly height?: number;
  readonly appearance?: 'light' | 'dark';
  readonly touch?: boolean;
}

const html =
  '<!doctype html><html lang="en"><title>Studio</title><style>html,body,#studio{height:100%;margin:0}</style>' +
  '<body><div id="studio"></div><script type="module" src="/page.js"></script></body></html>';

export async function openStudioSite(): Promise<StudioSite> {
  const modules = await bundleModules({ page: 'test/studio/support/page.ts' });
  const server = await serveFiles({ ...modules, '/': { text: html, type: 'text/html' } });
  const browser = await openChromium();
  return {
    origin: new URL(server.url).origin,
    async open({ width = 1600, height = 1000, appearance = 'light', ...options } = {}) {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(120_000);
      const failures: string[] = [];
      page.on('pageerror', (error) => failures.push(error.message));
      Object.assign(page, { failures });
      await page.setViewportSize({ width, height });
      await page.goto(server.url);
      await page.waitForFunction('globalThis.page !== undefined');
      await mount(page, {
        ...options,
        host: { theme: { appearance, colours: {} }, ...options.host },
      });
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

/** Mounts anew in the same page. */
export async function mount(page: Page, options: MountOptions): Promise<void> {
  await page.evaluate(
    (given) => (globalThis as unknown as { page: StudioTestPage }).page.mount(given),
    options,
  );
  await page.waitForSelector('.canvas .person');
  if (!options.hasNoEngine && !options.hasNoOwnEngine)
    await page.waitForSelector('.button.main:not([disabled])');
}

/** What axe-core finds wrong, in words; nothing when all is well. WCAG 2.0 to 2.2, levels A and AA, and best practices. */
export async function axeFindings(page: Page): Promise<readonly string[]> {
  const path = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
  await page.evaluate(readFileSync(path, 'utf8'));
  return page.evaluate(async () => {
    const axe = (globalThis as unknown as { axe: { run(options: object): Promise<AxeResults> } }).axe;
    const { violations } = await axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${JSON.stringify(target)} ${failureSummary}`),
    );
    interface AxeResults {
      readonly violations: readonly {
        readonly id: string;
        readonly nodes: readonly { readonly target: unknown; readonly failureSummary: string }[];
      }[];
    }
  });
}

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { bundleModules, repositoryRoot } from '../../support/bundle-page.ts';
import { openChromium } from '../../support/open-chromium.ts';
import {
  type FileServer,
  type ServedFile,
  type ServeOptions,
  serveFiles,
} from '../../support/serve-files.ts';

export const figurineFiles = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'];
export const figurineFolder = join(repositoryRoot, 'models/figurine');
export const ortFolder = join(repositoryRoot, 'node_modules/onnxruntime-web/dist');

/** A site with the SDK's page and worker, onnxruntime's binaries and the figurine, and a browser. */
export interface Site {
  readonly server: FileServer;
  /** A fresh page on the site, with `globalThis.page` ready. */
  open(path?: string): Promise<Page>;
  close(): Promise<void>;
}

export async function openSite(
  options: ServeOptions & {
    readonly args?: readonly string[];
    readonly files?: Record<string, ServedFile>;
  } = {},
): Promise<Site> {
  const modules = await bundleModules({
    page: 'test/sdk/web/page.ts',
    'engine-worker': 'packages/sdk/src/web/engine-worker.ts',
  });
  const files: Record<string, ServedFile> = {
    ...modules,
    // The name that the sources' own words ask for.
    '/engine-worker.ts': modules['/engine-worker.js']!,
    '/': { text: '<!doctype html><script type="module" src="/page.js"></script>', type: 'text/html' },
    ...options.files,
  };
  for (const name of readdirSync(ortFolder))
    if (name.endsWith('.wasm')) files[`/${name}`] = join(ortFolder, name);
  for (const name of figurineFiles) files[`/figurine/${name}`] = join(figurineFolder, name);
  const server = await serveFiles(files, options);
  const browser = await openChromium(options.args);
  return {
    server,
    async open(path = '/') {
      const page = await browser.context.newPage();
      page.setDefaultTimeout(300_000);
      await page.goto(server.url + path);
      await page.waitForFunction('globalThis.page !== undefined');
      return page;
    },
    async close() {
      await browser.close();
      await server.close();
    },
  };
}

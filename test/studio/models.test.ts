import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { adapterOf } from '../support/adapter-of.ts';
import { repositoryRoot } from '../support/bundle-page.ts';
import { chromiumPath } from '../support/open-chromium.ts';
import { axeFindings, mount, openStudioSite, type StudioSite } from './support/open-studio.ts';

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_STUDIO_PICTURES;
/** Machines may be busy. */
const slow = { timeout: 60_000 };
const figurine = join(repositoryRoot, 'models/figurine');

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

/** A server that gives a model's file, and stops after so many bytes until it is told to go on. */
async function slowServer(bytes: Uint8Array, stopAfter: number) {
  const ranges: (string | undefined)[] = [];
  const held: ServerResponse[] = [];
  let mayPass = false;
  const server = createServer((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', '*');
    if (!request.url?.endsWith('.safetensors')) {
      response.writeHead(404).end();
      return;
    }
    const { range } = request.headers;
    ranges.push(range);
    const start = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
    response.writeHead(range ? 206 : 200, {
      'Content-Length': bytes.length - start,
      ETag: '"one"',
      ...(range ? { 'Content-Range': `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {}),
    });
    if (mayPass) response.end(bytes.subarray(start));
    else {
      response.write(bytes.subarray(start, stopAfter));
      held.push(response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/small.safetensors`,
    ranges,
    letPass: () => {
      mayPass = true;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe.skipIf(!chromiumPath)('the model manager, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  it('fetches, pauses, goes on after the page was closed, checks the hash, uses and deletes', async () => {
    const bytes = readFileSync(join(figurine, 'figurine.safetensors'));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const server = await slowServer(bytes, 20_000_000);
    const page = await site.open({ store: 'pause' });
    await button(page, 'Change').click();
    await page.getByText('came along').waitFor();
    await page.getByLabel('Fetch a model').fill(server.url);
    await page.getByLabel('SHA-256').fill(sha256);
    await button(page, 'Fetch').click();
    await page.getByText(/20 MB of 38 MB/).waitFor();
    await button(page, 'Pause').click();
    await page.getByText('Paused. What is here stays').waitFor();
    await page.getByText(/MB of 38 MB are here/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.locator('.own-files').scrollIntoViewIfNeeded();
    await keep(page, 'models-1600');

    // Another day.
    server.letPass();
    await mount(page, { keepsStore: true, store: 'pause' });
    await button(page, 'Change').click();
    await button(page, 'Go on').click();
    await button(page, 'Use').waitFor();
    // The second answer began where the first had stopped: nothing came twice.
    expect(server.ranges).toHaveLength(2);
    expect(server.ranges[1]).toMatch(/^bytes=1\d{7}-$|^bytes=20000000-$/);
    await page.getByText(/^Models take 38 MB/).waitFor();
    await button(page, 'Use').last().click();
    await expect.poll(() => button(page, 'In use').count(), slow).toBe(1);
    await button(page, 'Delete small').click();
    await button(page, 'Delete, frees 38 MB').click();
    await expect.poll(() => page.locator('.model-list li').count(), slow).toBe(1);
    await page.getByText(/^Models take 0/).waitFor();
    await page.close();
    await server.close();
  });

  it('refuses a file of another hash, and an address that is none', async () => {
    const server = await slowServer(new Uint8Array(300_000).fill(7), 0);
    server.letPass();
    const page = await site.open({ store: 'hash' });
    await button(page, 'Change').click();
    await page.getByLabel('Fetch a model').fill(server.url);
    await page.getByLabel('SHA-256').fill('0'.repeat(64));
    await button(page, 'Fetch').click();
    const trouble = page.locator('.pull .trouble');
    await trouble.waitFor();
    expect(await trouble.textContent()).toMatch(/hash|SHA/i);
    await page.getByLabel('Fetch a model').fill('no address at all');
    await button(page, 'Fetch').click();
    await page.getByText("is no model's address").waitFor();
    await page.close();
    await server.close();
  });

  it('says of files of one’s own what they are before it keeps them', async () => {
    const page = await site.open({ store: 'own', width: 320, height: 900 });
    await button(page, 'Change').click();
    const drop = async (paths: readonly string[]) => {
      const chooser = page.waitForEvent('filechooser');
      await button(page, 'Choose files').click();
      await (await chooser).setFiles([...paths]);
    };
    await drop([join(figurine, 'README.md')]);
    await page.getByText('README.md is nothing that can be used here.').waitFor();
    expect(await button(page, /^Keep it here/).count()).toBe(0);
    const names = ['config.json', 'tokenizer.json', 'vocabulary.json', 'figurine.safetensors'];
    await drop(names.map((name) => join(figurine, name)));
    await page.getByText(/^A model: .*, 38 MB, \d+ million numbers, licence Apache-2.0/).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'own-files-320');
    await button(page, /^Keep it here/).click();
    await button(page, 'Delete figurine').waitFor();
    await page.getByText(/^Models take 38 MB/).waitFor();
    await page.close();
  });

  it('keeps an adapter for the models, and says so', async () => {
    const page = await site.open({ store: 'adapter' });
    await button(page, 'Change').click();
    const chooser = page.waitForEvent('filechooser');
    await button(page, 'Choose files').click();
    await (await chooser).setFiles([
      {
        name: 'config.json',
        mimeType: 'application/json',
        buffer: readFileSync(join(figurine, 'config.json')),
      },
      {
        name: 'follower.safetensors',
        mimeType: 'application/octet-stream',
        buffer: await adapterOf(join(figurine, 'figurine.safetensors')),
      },
    ]);
    await page.getByText(/^An adapter: .*It goes with a model that it fits/).waitFor();
    await button(page, /^Keep it here/).click();
    await page.getByText(/^adapter, under “Pose read by”/).waitFor();
    // Not to be asked for as a model.
    expect(await button(page, 'Use').count()).toBe(0);
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'adapter-1600');
    await page.close();
  });

  it('speaks German', async () => {
    const page = await site.open({ language: 'de', store: 'german' });
    await button(page, 'Ändern').click();
    await page.getByText('liegt bei').waitFor();
    await page.getByText('Was es schneller machte').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
  });
});

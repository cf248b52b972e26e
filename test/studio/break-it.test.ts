import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../server/start-test-server.ts';
import { chromiumPath } from '../support/open-chromium.ts';
import { openStudioSite, type StudioSite } from './support/open-studio.ts';
import type { StudioTestPage } from './support/page.ts';

type Global = { page: StudioTestPage };

/** Machines may be busy. */
const slow = { timeout: 120_000 };
const limitMs = 400_000;
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const results = (page: Page) => page.locator('.badge');
const failNext = (page: Page, code: 'device-lost' | 'out-of-memory') =>
  page.evaluate((one) => (globalThis as unknown as Global).page.failNext(one), code);

describe.skipIf(!chromiumPath)('the studio, broken on purpose in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  it(
    'says so when a server goes away in the middle, lets people cancel, and goes on when it is back',
    async () => {
      const server = await startTestServer({
        allowedOrigins: [site.origin],
        stub: { nativeSide: 256, stepMs: 500 },
      });
      const page = await site.open({ hasNoOwnEngine: true });
      await button(page, 'Elsewhere').click();
      await page.getByLabel('Address').fill(server.url);
      await page.getByLabel('Token').fill(server.token);
      await button(page, 'Connect').click();
      await page.getByText(`Connected with ${server.url}.`).waitFor();
      await button(page, 'Generate').click();
      await expect.poll(() => server.engine.requests.length, slow).toBe(1);
      await server.stop(0);
      // Nobody has to wait for a server that is gone.
      await button(page, 'Cancel').click();
      await expect.poll(() => page.locator('.progress-row').count(), slow).toBe(0);
      await button(page, 'Close').click();
      await button(page, 'Generate').click();
      await page.locator('.engine .trouble').waitFor({ timeout: 200_000 });
      expect(await page.locator('.button.main').isDisabled()).toBe(true);
      const port = Number(new URL(server.url).port);
      await startTestServer({
        allowedOrigins: [site.origin],
        stub: { nativeSide: 256 },
        dataFolder: server.folder,
        ports: [port],
      });
      await button(page, 'Try again').click();
      await expect.poll(() => page.locator('.button.main').isEnabled(), slow).toBe(true);
      await button(page, 'Generate').click();
      await results(page).waitFor();
      await page.close();
    },
    limitMs,
  );

  it(
    'survives a lost graphics card and a full memory: the message has diagnostics, without the prompt unless ticked',
    async () => {
      const page = await site.open();
      await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: site.origin });
      await page.getByLabel('Prompt', { exact: true }).fill('a secret dancer');
      for (const code of ['device-lost', 'out-of-memory'] as const) {
        await failNext(page, code);
        await button(page, 'Generate').click();
        const notice = page.locator('.notice.error');
        await notice.waitFor();
        await notice.getByRole('button', { name: 'Copy diagnostics' }).click();
        await page.getByText('Copied.').waitFor();
        const bare = await page.evaluate(() => navigator.clipboard.readText());
        expect(JSON.parse(bare).error.code).toBe(code);
        expect(bare).not.toContain('secret');
        await notice.getByLabel('with the prompt').check();
        await notice.getByRole('button', { name: 'Copy diagnostics' }).click();
        await expect
          .poll(() => page.evaluate(() => navigator.clipboard.readText()), slow)
          .toContain('a secret dancer');
        while ((await button(page, 'Dismiss').count()) > 0) await button(page, 'Dismiss').first().click();
      }
      await button(page, 'Generate').click();
      await results(page).waitFor();
      await page.close();
    },
    limitMs,
  );

  it(
    'takes a picture of 12,000 pixels, behind and to start from',
    async () => {
      const page = await site.open();
      const transfer = await page.evaluateHandle(async () => {
        const canvas = Object.assign(document.createElement('canvas'), { width: 12_000, height: 1200 });
        const context = canvas.getContext('2d')!;
        context.fillStyle = '#486';
        context.fillRect(0, 0, 12_000, 1200);
        const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg'));
        const bytes = new Uint8Array(await blob!.arrayBuffer());
        (globalThis as unknown as Global).page.host!.willPick({ name: 'wide.jpg', bytes });
        const data = new DataTransfer();
        data.items.add(new File([blob!], 'wide.jpg', { type: 'image/jpeg' }));
        return data;
      });
      await page.locator('.stage').dispatchEvent('drop', { dataTransfer: transfer });
      await expect.poll(() => page.locator('.canvas image').count(), slow).toBe(1);
      await button(page, 'A picture').click();
      await button(page, 'Choose a picture').click();
      await button(page, 'Paint a part').waitFor();
      await button(page, 'Generate').click();
      await results(page).waitFor();
      expect((page as unknown as { failures: string[] }).failures).toEqual([]);
      await page.close();
    },
    limitMs,
  );

  it(
    'says that storage is full, and goes on making pictures',
    async () => {
      const page = await site.open({ storeBytes: 6000 });
      for (let i = 1; i <= 3; i++) {
        await button(page, 'Generate').dblclick();
        await expect
          .poll(
            () =>
              results(page)
                .textContent()
                .catch(() => '0'),
            slow,
          )
          .toBe(String(2 * i));
      }
      await page.getByText('The storage is full').waitFor();
      await page.close();
    },
    limitMs,
  );
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer } from '../server/start-test-server.ts';
import { takeKnownPorts } from '../support/known-ports.ts';
import { chromiumPath } from '../support/open-chromium.ts';
import { axeFindings, mount, openStudioSite, type StudioSite } from './support/open-studio.ts';
import type { StudioTestPage } from './support/page.ts';

type Global = { page: StudioTestPage };

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_STUDIO_PICTURES;

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

/** Machines may be busy. */
const slow = { timeout: 60_000 };

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const setting = (page: Page, name: string) =>
  page.evaluate((of) => (globalThis as unknown as Global).page.setting(of), name);
const begun = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as Global).page.engine!.requests.length);

describe.skipIf(!chromiumPath)('choosing where pictures are made, in Chromium', () => {
  let site: StudioSite;
  let giveBackPorts: (() => void) | undefined;
  beforeAll(async () => {
    giveBackPorts = await takeKnownPorts();
    site = await openStudioSite();
  }, 1_800_000);
  afterAll(async () => {
    await site?.close();
    giveBackPorts?.();
  });

  it('says what was found on this device, and what would make it faster', async () => {
    const page = await site.open();
    await button(page, 'Change').click();
    await page.getByText('What would make it faster').waitFor();
    const words = (await page.locator('.chooser').textContent()) ?? '';
    expect(words).toMatch(/graphics card/);
    expect(words).toMatch(/A processor with \d+ cores?/);
    expect(words).toContain('This engine draws no pictures; it is for tests.');
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
  });

  it('recommends a server here in words where the engine is slow, and shows how to start it', async () => {
    const page = await site.open({ width: 420, height: 900, isFasterAtServer: true });
    await page.getByText('A server on this computer is faster').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'server-advised');
    await button(page, 'Use a server here').click();
    await page.getByText('npx stable-pose serve --allow-origin').waitFor();
    expect(await button(page, 'Server here').getAttribute('aria-pressed')).toBe('true');
    // The engine in use stays so.
    expect(await button(page, 'Generate').isEnabled()).toBe(true);
    await mount(page, {});
    expect(await page.getByText('A server on this computer is faster').count()).toBe(0);
    await page.close();
  });

  it('pairs with a server of this computer by its token, makes pictures there, and finds it again', async () => {
    const server = await startTestServer({
      allowedOrigins: [site.origin],
      stub: { nativeSide: 256 },
      ports: [17325, 17326, 17327],
    });
    const page = await site.open({ width: 320, height: 900 });
    await button(page, 'Change').click();
    await button(page, 'Server here').click();
    await page.getByText(`A server answers at`).waitFor();
    expect(await page.locator('.chooser').textContent()).toContain(server.url);
    await page.getByLabel('Token').fill('sp_wrong');
    await button(page, 'Connect').click();
    await page.getByText('The server wants its token with every request').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.getByRole('alert').scrollIntoViewIfNeeded();
    await keep(page, 'pairing-320');
    // A wrong token costs nobody the engine in use.
    expect(await button(page, 'Generate').isEnabled()).toBe(true);
    await page.getByLabel('Token').fill(` ${server.token} `);
    await page.keyboard.press('Enter');
    await page.getByText(`Connected with ${server.url}.`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await button(page, 'Generate').click();
    await page.locator('.badge').waitFor();
    expect(server.engine.requests).toHaveLength(1);
    expect(await begun(page)).toBe(0);
    expect(await setting(page, 'server-token')).toBe(server.token);

    await mount(page, { keepsStore: true });
    await page.getByText('Server on this computer').waitFor();
    await button(page, 'Generate').click();
    await expect.poll(() => server.engine.requests.length, slow).toBe(2);
    // Back to this device and to the server again, without the token being typed.
    await button(page, 'Change').click();
    await button(page, 'This device').click();
    await page.getByText('What would make it faster').waitFor();
    await button(page, 'Generate').click();
    await expect.poll(() => begun(page), slow).toBe(1);
    await button(page, 'Server here').click();
    await page.getByText(`Connected with ${server.url}.`).waitFor();
    await button(page, 'Forget the token').click();
    await page.getByLabel('Token').waitFor();
    await expect.poll(() => setting(page, 'server-token'), slow).toBeUndefined();
    await button(page, 'Generate').click();
    await expect.poll(() => begun(page), slow).toBe(2);
    await page.close();
  });

  it('says how to let the page in, where a server keeps pages of other origins out', async () => {
    await startTestServer({ ports: [17325, 17326, 17327] });
    const page = await site.open();
    await button(page, 'Change').click();
    await button(page, 'Server here').click();
    await page.getByText('lets this page read nothing').waitFor();
    await page.getByText(`npx stable-pose serve --allow-origin ${site.origin}`).waitFor();
    await button(page, 'Look again').click();
    await keep(page, 'pairing-1600');
    await page.close();
  });

  it('takes a server elsewhere by address and token, and says that things travel', async () => {
    const server = await startTestServer({ allowedOrigins: [site.origin], stub: { nativeSide: 256 } });
    const page = await site.open({ hasNoOwnEngine: true });
    // Without an engine of its own the panel asks for one.
    await page.getByText('No server is chosen yet').waitFor();
    expect(await page.locator('.button.main').isDisabled()).toBe(true);
    expect(await button(page, 'This device').count()).toBe(0);
    await button(page, 'Elsewhere').click();
    await page.getByLabel('Address').fill(server.url);
    await page.getByLabel('Token').fill(server.token);
    await button(page, 'Connect').click();
    await page.getByText(`Connected with ${server.url}.`).waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await button(page, 'Generate').click();
    await expect.poll(() => server.engine.requests.length, slow).toBe(1);
    await page.close();
  });

  it('takes the server that it is paired with, where this device cannot', async () => {
    const server = await startTestServer({
      allowedOrigins: [site.origin],
      stub: { nativeSide: 256 },
      ports: [17325, 17326, 17327],
    });
    const page = await site.open();
    await button(page, 'Change').click();
    await button(page, 'Server here').click();
    await page.getByLabel('Token').fill(server.token);
    await button(page, 'Connect').click();
    await page.getByText(`Connected with ${server.url}.`).waitFor();
    await button(page, 'This device').click();
    await page.getByText('What would make it faster').waitFor();
    await mount(page, { keepsStore: true, hasNoEngine: true });
    await page.getByText('Server on this computer').waitFor();
    await button(page, 'Generate').click();
    await expect.poll(() => server.engine.requests.length, slow).toBe(1);
    await page.close();
  });
});

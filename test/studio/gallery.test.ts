import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng, type GenerationRequest, type Pose } from '@stable-pose/core';
import { unzipSync } from 'fflate';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/open-chromium.ts';
import { axeFindings, openStudioSite, type StudioSite } from './support/open-studio.ts';
import type { StudioTestPage } from './support/page.ts';

type Global = { page: StudioTestPage };

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_STUDIO_PICTURES;
/** Machines may be busy. */
const slow = { timeout: 60_000 };

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const button = (page: Page | Locator, name: string) => page.getByRole('button', { name, exact: true });
const joint = (page: Page, name: string): Locator =>
  page.getByRole('button', { name: new RegExp(`^${name}, Person 1`) });
const results = (page: Page) => page.locator('.result');
const requests = (page: Page): Promise<readonly GenerationRequest[]> =>
  page.evaluate(() => (globalThis as unknown as Global).page.engine!.requests);

async function drag(page: Page, on: Locator, dx: number, dy: number): Promise<void> {
  const box = (await on.locator('.dot').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx / 2, y + dy / 2);
  await page.mouse.move(x + dx, y + dy);
  await page.mouse.up();
}

describe.skipIf(!chromiumPath)('the gallery, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  for (const width of [320, 1600]) {
    it(`reposes: the seed stays, and the old and the new places go along, at ${width} pixels`, async () => {
      const page = await site.open({ width, height: 1000 });
      await page.getByLabel('Prompt', { exact: true }).fill('a dancer');
      await button(page, 'Generate').click();
      await page.getByRole('tab', { name: /Results/ }).click();
      await results(page).waitFor();
      await button(results(page), 'Repose').click();
      await button(page, 'Redraw what moved').click();
      // Who has moved nothing is told so, and nothing is made.
      await page.getByText('Nobody has moved yet').waitFor();
      expect(await requests(page)).toHaveLength(1);
      await button(page, 'Dismiss').click();
      await drag(page, joint(page, 'Left wrist'), 20, 60);
      expect(await axeFindings(page)).toEqual([]);
      await keep(page, `repose-${width}`);
      // Another prompt in the form is of no matter here.
      await button(page, 'Redraw what moved').click();
      await expect.poll(() => results(page).count(), slow).toBe(2);
      const [first, second] = await requests(page);
      expect(second.seed).toBe(first.seed);
      expect(second.prompt).toBe('a dancer');
      const places = (poses: readonly unknown[] | undefined) =>
        (poses as readonly Pose[])[0].keypoints.map(([x, y]) => [Math.round(x), Math.round(y)]);
      expect(places(second.repose!.from)).toEqual(places(first.poses));
      const wrist = places(second.poses)[9];
      expect(wrist).not.toEqual(places(first.poses)[9]);
      // Legs are where they were.
      expect(places(second.poses)[15]).toEqual(places(first.poses)[15]);
      const kept = decodePng(new Uint8Array(Buffer.from(second.repose!.picture!, 'base64')));
      expect([kept.width, kept.height]).toEqual([first.width, first.height]);
      // It goes on from the new picture.
      await drag(page, joint(page, 'Left wrist'), -30, 0);
      await button(page, 'Redraw what moved').click();
      await expect.poll(() => results(page).count(), slow).toBe(3);
      const third = (await requests(page))[2];
      expect(places(third.repose!.from)[9]).toEqual(wrist);
      await page.getByLabel('End reposing').click();
      await button(page, 'Generate').waitFor();
      await page.close();
    });
  }

  it('cuts out: a further picture with nothing round the people', async () => {
    const page = await site.open();
    await button(page, 'Generate').click();
    await page.getByRole('tab', { name: /Results/ }).click();
    await results(page).waitFor();
    await button(results(page), 'Cut out').click();
    await expect.poll(() => results(page).count(), slow).toBe(2);
    const cut = results(page).first();
    expect(await button(cut, 'Cut out').count()).toBe(0);
    await keep(page, 'cut-out-1600');
    await button(cut, 'Save as PNG').click();
    const saved = () => {
      const [file] = (globalThis as unknown as Global).page.host!.savedFiles;
      return file && [...file.bytes];
    };
    await expect
      .poll(() => page.evaluate(saved).then((bytes) => bytes?.length ?? 0), slow)
      .toBeGreaterThan(0);
    const { channels, data } = decodePng(new Uint8Array((await page.evaluate(saved))!));
    expect(channels).toBe(4);
    const alphas = data.filter((_, i) => i % 4 === 3);
    expect(alphas[0]).toBe(0);
    expect(Math.max(...alphas)).toBe(255);
    await page.close();
  });

  it('has no button for what the engine cannot', async () => {
    const page = await site.open({ engine: { canMatte: false } });
    await button(page, 'Generate').click();
    await page.getByRole('tab', { name: /Results/ }).click();
    await results(page).waitFor();
    expect(await button(page, 'Cut out').count()).toBe(0);
    expect(await button(page, 'Repose').count()).toBe(1);
    await page.close();
  });

  it('compares two side by side, draws from one, and saves everything', async () => {
    const page = await site.open({ width: 800, height: 900 });
    await page.getByRole('tab', { name: /Generate/ }).click();
    await page.getByLabel('Pictures', { exact: true }).fill('2');
    await page.keyboard.press('Enter');
    await button(page, 'Generate').click();
    await page.getByRole('tab', { name: /Results/ }).click();
    await expect.poll(() => results(page).count(), slow).toBe(2);
    await button(results(page).nth(0), 'Compare').click();
    await page.getByText('Choose the other picture').waitFor();
    await button(results(page).nth(1), 'Compare').click();
    const stage = page.getByRole('region', { name: 'Compare' });
    await stage.waitFor();
    const [left, right] = await stage.locator('img').all();
    const [a, b] = [(await left.boundingBox())!, (await right.boundingBox())!];
    expect(a.x + a.width).toBeLessThanOrEqual(b.x);
    expect(a.width).toBeGreaterThan(200);
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'compare-800');
    await page.keyboard.press('Escape');
    await expect.poll(() => stage.count(), slow).toBe(0);

    await button(page, 'Save all as a ZIP file').click();
    const saved = () => {
      const file = (globalThis as unknown as Global).page.host!.savedFiles.at(-1);
      return file && { name: file.name, bytes: [...file.bytes] };
    };
    await expect.poll(() => page.evaluate(saved).then((file) => file?.name), slow).toBe('stable-pose.zip');
    const files = unzipSync(new Uint8Array((await page.evaluate(saved))!.bytes));
    const history = JSON.parse(new TextDecoder().decode(files['history.json'])) as { file: string }[];
    expect(history).toHaveLength(2);
    expect(history.every(({ file }) => decodePng(files[file]).width === 256)).toBe(true);

    await button(results(page).nth(0), 'Draw from it').click();
    await page.getByRole('tab', { name: /Generate/ }).click();
    await button(page, 'Paint a part').waitFor();
    await page.close();
  });
});

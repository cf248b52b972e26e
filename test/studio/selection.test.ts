import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GenerationRequest } from '@stable-pose/core';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/open-chromium.ts';
import { openStudioSite, type StudioSite } from './support/open-studio.ts';
import type { StudioTestPage } from './support/page.ts';

type Global = { page: StudioTestPage };

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_STUDIO_PICTURES;
/** Machines may be busy. */
const slow = { timeout: 120_000 };

async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const button = (page: Page | Locator, name: string) => page.getByRole('button', { name, exact: true });
const wrist = (page: Page) => page.getByRole('button', { name: /^Left wrist, Person 1/ }).locator('.dot');
const requests = (page: Page): Promise<readonly GenerationRequest[]> =>
  page.evaluate(() => (globalThis as unknown as Global).page.engine!.requests);
const middle = async (on: Locator): Promise<readonly [number, number]> => {
  const { x, y, width, height } = (await on.boundingBox())!;
  return [x + width / 2, y + height / 2];
};

/** Where the shown picture has the wrist that was asked for, on the screen. */
async function wristInPicture(page: Page, { poses, width = 0, height = 0 }: GenerationRequest) {
  const { left, top, wide, high } = await page.locator('.canvas svg image').evaluate((image) => {
    const box = image.getBoundingClientRect();
    return { left: box.left, top: box.top, wide: box.width, high: box.height };
  });
  const [x, y] = poses[0].keypoints[9];
  return [left + (x / width) * wide, top + (y / height) * high] as const;
}

const apart = (a: readonly [number, number], b: readonly [number, number]) =>
  Math.hypot(a[0] - b[0], a[1] - b[1]);

describe.skipIf(!chromiumPath)('a picture for a selected part of the document, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  it('lies under the skeleton as it was asked for, is moved in its place, and is cut to the part', {
    timeout: 300_000,
  }, async () => {
    const page = await site.open({
      document: { width: 900, height: 700 },
      selected: { x: 300, y: 200, width: 300, height: 260 },
    });
    await button(page, 'Generate').click();
    await page.getByRole('tab', { name: /Results/ }).click();
    const results = page.locator('.result');
    await results.waitFor();
    const [first] = await requests(page);
    await page.locator('.canvas svg image').waitFor();
    // With surroundings, or this test says nothing.
    const paper = (await page.locator('.paper-edge').boundingBox())!;
    const image = await page
      .locator('.canvas svg image')
      .evaluate((element) => element.getBoundingClientRect().width);
    expect(image).toBeGreaterThan(paper.width * 1.2);
    expect(apart(await middle(wrist(page)), await wristInPicture(page, first))).toBeLessThan(1.5);
    await keep(page, 'selection-1600');

    await button(results, 'Repose').click();
    expect(apart(await middle(wrist(page)), await wristInPicture(page, first))).toBeLessThan(1.5);
    const [x, y] = await middle(wrist(page));
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 10, y + 25);
    await page.mouse.move(x + 20, y + 50);
    await page.mouse.up();
    await button(page, 'Redraw what moved').click();
    await expect.poll(() => results.count(), slow).toBe(2);
    const [, second] = await requests(page);
    expect([second.width, second.height, second.seed]).toEqual([first.width, first.height, first.seed]);
    const places = (poses: readonly { readonly keypoints: readonly (readonly number[])[] }[]) =>
      poses[0].keypoints.map(([u, v]) => [Math.round(u), Math.round(v)]);
    expect(places(second.repose!.from)).toEqual(places(first.poses));
    expect(places(second.poses)[15]).toEqual(places(first.poses)[15]);
    expect(places(second.poses)[9]).not.toEqual(places(first.poses)[9]);
    expect(apart(await middle(wrist(page)), await wristInPicture(page, second))).toBeLessThan(1.5);

    await page.getByLabel('End reposing').click();
    const startPicture = () =>
      page
        .locator('.start-picture img')
        .evaluate((element: HTMLImageElement) =>
          element.decode().then(() => [element.src, element.naturalWidth / element.naturalHeight] as const),
        );
    await button(results.first(), 'Draw from it').click();
    const [source, start] = await startPicture();
    expect(start).toBeCloseTo(300 / 260, 1);
    // What the document gave the first request, without its surroundings.
    await button(results.last(), 'Use everything again').click();
    await expect.poll(async () => (await startPicture())[0], slow).not.toBe(source);
    expect((await startPicture())[1]).toBeCloseTo(300 / 260, 1);
    expect((page as unknown as { failures: string[] }).failures).toEqual([]);
    await page.close();
  });
});

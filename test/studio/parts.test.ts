import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { GenerationRequest } from '@stable-pose/core';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../support/open-chromium.ts';
import { axeFindings, mount, openStudioSite, type StudioSite } from './support/open-studio.ts';
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

const button = (page: Page, name: string | RegExp) =>
  page.getByRole('button', { name, exact: typeof name === 'string' });

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = (await locator.locator('.dot').boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function asked(page: Page, count: number): Promise<GenerationRequest> {
  const begun = () => (globalThis as unknown as Global).page.engine!.requests;
  await button(page, 'Generate').click();
  await expect.poll(() => page.evaluate(begun).then((all) => all.length), slow).toBe(count);
  return page.evaluate(begun).then((all) => all[count - 1]);
}

describe.skipIf(!chromiumPath)('hands and faces, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  for (const width of [320, 1600]) {
    it(`are given a shape, moved point by point, asked for and kept at ${width} pixels`, async () => {
      const page = await site.open({ width, height: 1000 });
      await page.getByRole('tab', { name: /People/ }).click();
      expect(await button(page, 'Move points on the canvas').isDisabled()).toBe(true);
      await page.getByLabel('Left hand', { exact: true }).selectOption('victory');
      await page.getByLabel('Right hand', { exact: true }).selectOption('relaxed');
      await page.getByLabel('Face', { exact: true }).selectOption('smile');
      await button(page, 'Turn over: Left hand').click();
      expect(await axeFindings(page)).toEqual([]);
      await button(page, 'Move points on the canvas').click();
      const tip = button(page, /^Left hand, index finger 4, Person 1/);
      const before = await middleOf(tip);
      const knuckle = await middleOf(button(page, /^Left hand, index finger 3, Person 1/));
      await page.mouse.move(before.x, before.y);
      await page.mouse.down();
      await page.mouse.move(before.x + 20, before.y + 5);
      await page.mouse.move(before.x + 40, before.y + 10);
      await page.mouse.up();
      const after = await middleOf(tip);
      expect(after).not.toEqual(before);
      const reach = (at: typeof before) => Math.hypot(at.x - knuckle.x, at.y - knuckle.y);
      expect(reach(after)).toBeCloseTo(reach(before), 0);
      // By keys: to the next point, and a nudge.
      await tip.focus();
      await page.keyboard.press(',');
      await page.keyboard.press('ArrowDown');
      await expect
        .poll(async () => (await middleOf(button(page, /^Left hand, index finger 3,/))).y, slow)
        .toBeGreaterThan(knuckle.y);
      expect(await axeFindings(page)).toEqual([]);
      await keep(page, `parts-${width}`);
      await page.keyboard.press('Escape');
      await expect.poll(() => page.locator('.part-point').count(), slow).toBe(0);
      // The next steps back are those of the points.
      await button(page, 'Undo').click();
      await button(page, 'Undo').click();
      const { poses } = await asked(page, 1);
      expect(poses[0].hands?.left).toHaveLength(21);
      expect(poses[0].hands?.right).toHaveLength(21);
      expect(poses[0].face).toHaveLength(70);
      await mount(page, { keepsStore: true });
      const again = await asked(page, 1);
      expect(again.poses[0].hands?.left).toHaveLength(21);
      await page.getByRole('tab', { name: /People/ }).click();
      await page.getByLabel('Face', { exact: true }).selectOption('none');
      expect((await asked(page, 2)).poses[0].face).toBeUndefined();
      expect((page as unknown as { failures: string[] }).failures).toEqual([]);
      await page.close();
    }, 300_000);
  }
});

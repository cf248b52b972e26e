import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath } from '../../support/open-chromium.ts';
import { axeFindings, openStudioSite, type StudioSite } from '../support/open-studio.ts';

/** Set to a folder to keep pictures of the screens. */
const pictures = process.env.STABLE_POSE_STUDIO_PICTURES;
async function keep(page: Page, name: string): Promise<void> {
  if (!pictures) return;
  mkdirSync(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`) });
}

const placeOf = async (page: Page, name: string) => {
  const box = (await page
    .getByRole('button', { name: new RegExp(`^${name}, Person 1`) })
    .locator('.dot')
    .boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
};

describe.skipIf(!chromiumPath)('three dimensions in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  it('opens on the same pose, pulls a hand, goes round, and undoes one step a gesture', async () => {
    const page = await site.open({ width: 1280, height: 860 });
    const flat = await placeOf(page, 'Left wrist');
    await page.getByRole('button', { name: 'Three dimensions' }).click();
    await page.locator('.stage.space .space-handle').first().waitFor();
    expect(await page.locator('.blind').count()).toBe(0);
    const lifted = await placeOf(page, 'Left wrist');
    expect(Math.hypot(lifted.x - flat.x, lifted.y - flat.y)).toBeLessThan(0.5);
    await page.waitForTimeout(1500);
    await keep(page, 'space-front');
    expect(await axeFindings(page)).toEqual([]);
    await page.mouse.move(lifted.x, lifted.y);
    await page.mouse.down();
    await page.mouse.move(lifted.x - 20, lifted.y - 40, { steps: 4 });
    await page.mouse.up();
    const pulled = await placeOf(page, 'Left wrist');
    expect(Math.hypot(pulled.x - lifted.x, pulled.y - lifted.y)).toBeGreaterThan(10);
    await page.getByRole('button', { name: 'Side' }).and(page.locator('.space-sides button')).click();
    await page.waitForTimeout(1500);
    await keep(page, 'space-side');
    const side = await placeOf(page, 'Left wrist');
    await page.getByRole('button', { name: 'Three dimensions' }).click();
    await page.locator('.limb-grip').first().waitFor();
    // In the plane again: the same joints, to half a pixel.
    const plane = await placeOf(page, 'Left wrist');
    expect(Math.hypot(plane.x - side.x, plane.y - side.y)).toBeLessThan(0.5);
    const undo = page.getByRole('button', { name: 'Undo' });
    await undo.click();
    await undo.click();
    const back = await placeOf(page, 'Left wrist');
    expect(Math.hypot(back.x - flat.x, back.y - flat.y)).toBeLessThan(0.5);
    expect(await undo.isDisabled()).toBe(true);
    expect((page as unknown as { failures: string[] }).failures).toEqual([]);
    await page.close();
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
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

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const people = (page: Page) => page.locator('.canvas .person');
const tab = (page: Page, name: string) => page.getByRole('tab', { name: new RegExp(name) });

describe.skipIf(!chromiumPath)('what people keep and what engines find, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  it('keeps selected people as a pose, finds it again, renames, saves, opens and deletes it', async () => {
    const page = await site.open({ width: 320, height: 720 });
    await button(page, 'Add a person').click();
    await page.locator('.canvas').focus();
    await page.keyboard.press('Control+a');
    await tab(page, 'Library').click();
    await button(page, 'My own').click();
    await page.getByText('you find them here again').waitFor();
    await page.getByLabel('Name of the pose').fill('Two at a table');
    await page.keyboard.press('Enter');
    await button(page, 'Two at a table').waitFor();
    await page.evaluate(() => {
      const keypoints = Array.from({ length: 17 }, (_, i) => [40 + i * 8, 60 + i * 5, 1]).flat();
      const text = JSON.stringify([{ image_id: 1, category_id: 1, keypoints, score: 1 }]);
      const { host } = (globalThis as unknown as Global).page;
      host!.willPick({ name: 'Leaning.json', bytes: new TextEncoder().encode(text) });
    });
    await button(page, 'From a file').click();
    await button(page, 'Leaning').waitFor();
    await keep(page, 'own-320');

    await mount(page, { keepsStore: true });
    await tab(page, 'Library').click();
    await page.getByRole('searchbox').fill('table');
    await button(page, 'Two at a table').click();
    expect(await people(page).count()).toBe(4);
    await button(page, 'Change “Two at a table”').click();
    await page.getByLabel('Name of the pose').fill('Two in a bar');
    await page.getByLabel('Name of the pose').blur();
    await page.getByRole('searchbox').fill('bar');
    await page.getByLabel('Form of the file').selectOption('openpose');
    await button(page, 'Save as file').click();
    const saved = () => {
      const [file] = (globalThis as unknown as Global).page.host!.savedFiles;
      return file && { name: file.name, text: new TextDecoder().decode(file.bytes) };
    };
    await expect.poll(() => page.evaluate(saved).then((file) => file?.name)).toBe('Two-in-a-bar.json');
    const { people: written } = JSON.parse((await page.evaluate(saved))!.text) as { people: unknown[] };
    expect(written).toHaveLength(2);
    expect(await axeFindings(page)).toEqual([]);
    await page.setViewportSize({ width: 1600, height: 1000 });
    await keep(page, 'own-1600');
    await button(page, 'Delete pose').click();
    await expect.poll(() => page.locator('.own-pose').count()).toBe(0);
    await page.close();
  });

  it('looks for a person in a box that is drawn where nobody was found', async () => {
    const page = await site.open({ width: 800, height: 900, findsInBoxesAlone: true });
    const transfer = await page.evaluateHandle(async () => {
      const canvas = Object.assign(document.createElement('canvas'), { width: 300, height: 200 });
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#c98';
      context.fillRect(0, 0, 300, 200);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const data = new DataTransfer();
      data.items.add(new File([blob!], 'photo.png', { type: 'image/png' }));
      return data;
    });
    await page.locator('.stage').dispatchEvent('drop', { dataTransfer: transfer });
    await page.getByText('Draw a box round a person.').waitFor();
    expect(await people(page).count()).toBe(1);
    const paper = (await page.locator('.paper').boundingBox())!;
    const at = (x: number, y: number) => [paper.x + x * paper.width, paper.y + y * paper.height] as const;
    await page.mouse.move(...at(0.1, 0.25));
    await page.mouse.down();
    await page.mouse.move(...at(0.3, 0.5));
    await page.mouse.move(...at(0.4, 0.75));
    await keep(page, 'box-800');
    await page.mouse.up();
    await expect.poll(() => people(page).count()).toBe(2);
    await expect.poll(() => page.locator('.box-hint').count()).toBe(0);
    const found = (await page.locator('.canvas .person').nth(1).boundingBox())!;
    expect(found.x).toBeGreaterThan(at(0.08, 0)[0]);
    expect(found.x + found.width).toBeLessThan(at(0.42, 0)[0]);
    // Again without a pointer: the whole picture is the box.
    await button(page, 'Find a person in a box').click();
    await button(page, 'The whole picture').click();
    await expect.poll(() => people(page).count()).toBe(3);
    await page.close();
  });

  it('shows over a result what was found in it, and says which limbs are elsewhere', async () => {
    const page = await site.open({ width: 320, height: 720, bendsArms: true });
    await button(page, 'Generate').click();
    await tab(page, 'Results').click();
    await page.locator('.result').waitFor();
    const card = page.locator('.result');
    await card.getByRole('button', { name: 'Show what was found' }).click();
    await card.getByText(/Elsewhere: left forearm/).waitFor();
    await expect.poll(() => page.locator('.found .off').count()).toBe(1);
    expect(await page.locator('.found .near').count()).toBeGreaterThan(4);
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'found-320');
    await page.setViewportSize({ width: 1600, height: 1000 });
    await keep(page, 'found-1600');
    await card.getByRole('button', { name: 'Show what was found' }).click();
    await expect.poll(() => page.locator('.found').count()).toBe(0);
    await page.close();
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
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

const button = (page: Page, name: string | RegExp): Locator =>
  page.getByRole('button', { name, exact: typeof name === 'string' });
const joint = (page: Page, name: string, person = 1): Locator =>
  page.getByRole('button', { name: new RegExp(`^${name}, Person ${person}`) });
const people = (page: Page): Locator => page.locator('.canvas .person');

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  const box = (await locator.locator('.dot').boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

async function drag(page: Page, from: { x: number; y: number }, dx: number, dy: number): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  for (let i = 1; i <= 4; i++) await page.mouse.move(from.x + (dx * i) / 4, from.y + (dy * i) / 4);
  await page.mouse.up();
}

/** On narrow panels everything is in tabs. */
async function show(page: Page, tab: string): Promise<void> {
  const found = page.getByRole('tab', { name: new RegExp(tab) });
  if ((await found.count()) > 0) await found.click();
}

describe.skipIf(!chromiumPath)('the studio in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  for (const [width, height] of [
    [320, 720],
    [800, 900],
    [1600, 1000],
  ] as const) {
    for (const appearance of ['light', 'dark'] as const) {
      it(`goes from nothing to a placed picture at ${width} pixels, ${appearance}, and axe finds nothing`, async () => {
        const page = await site.open({ width, height, appearance, document: { width: 256, height: 256 } });
        await button(page, 'Add a person').click();
        expect(await people(page).count()).toBe(2);
        await drag(page, await middleOf(joint(page, 'Left wrist', 2)), 30, -40);
        await show(page, 'Generate');
        await page.getByLabel('Prompt', { exact: true }).fill('a dancer');
        expect(await axeFindings(page)).toEqual([]);
        await keep(page, `generate-${width}-${appearance}`);
        await show(page, 'Library');
        expect(await axeFindings(page)).toEqual([]);
        await keep(page, `library-${width}-${appearance}`);
        await show(page, 'People');
        expect(await axeFindings(page)).toEqual([]);
        await keep(page, `people-${width}-${appearance}`);
        await button(page, 'Generate').click();
        await show(page, 'Results');
        await page.locator('.result').waitFor();
        const shape = (await page.locator('.result-picture').boundingBox())!;
        expect(shape.width / shape.height).toBeCloseTo(1, 1);
        expect(await page.locator('.canvas .box').isVisible()).toBe(false);
        expect(await axeFindings(page)).toEqual([]);
        await keep(page, `results-${width}-${appearance}`);
        await button(page, 'Place into Editor').click();
        const layers = () => (globalThis as unknown as Global).page.host!.document.layers;
        await page.waitForFunction(
          () => (globalThis as unknown as Global).page.host!.document.layers.length === 1,
        );
        expect(await page.evaluate(layers).then((found) => found.map(({ name }) => name))).toEqual([
          'a dancer',
        ]);
        const names = await page.evaluate(() => (globalThis as unknown as Global).page.host!.undoNames);
        expect(names).toHaveLength(1);
        expect((page as unknown as { failures: string[] }).failures).toEqual([]);
        await page.close();
      });
    }
  }

  it('reaches every tool of a narrow panel, by keys and in one row', async () => {
    for (const width of [320, 800]) {
      const page = await site.open({ width, height: 720 });
      await joint(page, 'Nose').focus();
      const tools = page.getByRole('toolbar', { name: 'Tools' });
      const last = tools.getByRole('button').last();
      await expect.poll(() => last.isEnabled()).toBe(true);
      await tools.getByRole('button', { disabled: false }).first().focus();
      await page.keyboard.press('End');
      expect(await last.evaluate((tool) => tool.matches(':focus'))).toBe(true);
      const [tool, bar] = [(await last.boundingBox())!, (await tools.boundingBox())!];
      expect(tool.x + tool.width).toBeLessThanOrEqual(bar.x + bar.width);
      expect(bar.height).toBeLessThan(2 * tool.height);
      // What lies out of sight fades away, on its side alone.
      await expect.poll(() => tools.getAttribute('data-more')).toBe(width === 320 ? 'left' : null);
      await keep(page, `toolbar-end-${width}`);
      await page.keyboard.press('Home');
      expect(await last.evaluate((other) => other.matches(':focus'))).toBe(false);
      await page.close();
    }
  });

  it('drags with constant limbs, undoes one step a gesture, and redoes', async () => {
    const page = await site.open();
    const wrist = joint(page, 'Left wrist');
    const before = await middleOf(wrist);
    await drag(page, before, 40, 60);
    const after = await middleOf(wrist);
    expect(after).not.toEqual(before);
    await button(page, 'Undo').click();
    expect(await middleOf(wrist)).toEqual(before);
    expect(await button(page, 'Undo').isDisabled()).toBe(true);
    await button(page, 'Redo').click();
    expect(await middleOf(wrist)).toEqual(after);
    await page.close();
  });

  it('undoes two hundred steps', async () => {
    const page = await site.open();
    const nose = joint(page, 'Nose');
    await nose.focus();
    await expect.poll(() => nose.getAttribute('aria-pressed')).toBe('true');
    const before = await middleOf(nose);
    for (let i = 0; i < 200; i++) await page.keyboard.press('ArrowRight');
    await expect.poll(async () => (await middleOf(nose)).x).toBeGreaterThan(before.x + 100);
    for (let i = 0; i < 200; i++) await page.keyboard.press('Control+z');
    await expect.poll(async () => Math.round((await middleOf(nose)).x)).toBe(Math.round(before.x));
    await page.close();
  });

  it('poses by keys alone: joint to joint, nudge, hide, lock, delete, restore, mirror', async () => {
    const page = await site.open();
    await page.locator('.canvas').focus();
    await page.keyboard.press('.');
    await page.keyboard.press('.');
    await expect.poll(() => joint(page, 'Left eye').getAttribute('aria-pressed')).toBe('true');
    await page.keyboard.press('h');
    await joint(page, 'Left eye').and(page.locator('[aria-label*="hidden"]')).waitFor();
    await page.keyboard.press('l');
    await joint(page, 'Left eye').and(page.locator('[aria-label*="locked"]')).waitFor();
    await page.keyboard.press('Delete');
    await expect.poll(() => joint(page, 'Left eye').count()).toBe(0);
    await page.locator('.canvas').focus();
    await page.keyboard.press('r');
    await joint(page, 'Left eye').waitFor();
    const [left, right] = [await middleOf(joint(page, 'Left hip')), await middleOf(joint(page, 'Right hip'))];
    await page.keyboard.press('m');
    const mirrored = await middleOf(joint(page, 'Left hip'));
    expect(Math.sign(mirrored.x - (await middleOf(joint(page, 'Right hip'))).x)).toBe(
      Math.sign(left.x - right.x),
    );
    await page.close();
  });

  it('selects by a marquee across people, and moves all of it', async () => {
    const page = await site.open();
    await button(page, 'Add a person').click();
    const canvas = (await page.locator('.canvas').boundingBox())!;
    await page.mouse.click(canvas.x + 40, canvas.y + 40);
    await drag(page, { x: canvas.x + 30, y: canvas.y + 30 }, canvas.width - 60, canvas.height - 60);
    expect(await page.locator('.keypoint.selected').count()).toBeGreaterThan(25);
    const nose = await middleOf(joint(page, 'Nose', 2));
    await drag(page, await middleOf(joint(page, 'Left knee')), 25, 0);
    expect((await middleOf(joint(page, 'Nose', 2))).x).toBeCloseTo(nose.x + 25, 0);
    await page.close();
  });

  it('turns a limb about its parent', async () => {
    const page = await site.open();
    const [elbow, wrist] = [
      await middleOf(joint(page, 'Left elbow')),
      await middleOf(joint(page, 'Left wrist')),
    ];
    await drag(page, { x: (elbow.x + wrist.x) / 2, y: (elbow.y + wrist.y) / 2 }, 60, 10);
    expect(await middleOf(joint(page, 'Left elbow'))).toEqual(elbow);
    const turned = await middleOf(joint(page, 'Left wrist'));
    const length = (a: typeof elbow, b: typeof elbow) => Math.hypot(a.x - b.x, a.y - b.y);
    // Boxes on the screen are told to a fraction of a pixel.
    expect(length(elbow, turned)).toBeCloseTo(length(elbow, wrist), 0);
    expect(length(wrist, turned)).toBeGreaterThan(10);
    await page.close();
  });

  it('holds ten people and says so to the eleventh', async () => {
    const page = await site.open();
    for (let i = 0; i < 9; i++) await button(page, 'Add a person').click();
    expect(await people(page).count()).toBe(10);
    expect(await button(page, 'Add a person').isDisabled()).toBe(true);
    await page.locator('.canvas').click({ position: { x: 8, y: 8 } });
    await button(page, 'Star jump').click();
    await page.getByText('A picture holds ten people.').waitFor();
    await page.close();
  });

  it('zooms by wheel about the pointer and back by a key, and pans', async () => {
    const page = await site.open();
    const nose = await middleOf(joint(page, 'Nose'));
    await page.mouse.move(nose.x, nose.y);
    await page.mouse.wheel(0, -400);
    await expect.poll(() => page.locator('.zoom').textContent()).not.toBe('344 %');
    const zoomed = await middleOf(joint(page, 'Nose'));
    expect(Math.hypot(zoomed.x - nose.x, zoomed.y - nose.y)).toBeLessThan(2);
    await page.locator('.canvas').focus();
    await page.keyboard.press('0');
    const back = await middleOf(joint(page, 'Nose'));
    expect(Math.hypot(back.x - nose.x, back.y - nose.y)).toBeLessThan(1);
    await page.close();
  });

  it('gives the selected person another pose, seen from behind, without a face', async () => {
    const page = await site.open();
    await button(page, 'Back').click();
    await button(page, 'Star jump').click();
    expect(await people(page).count()).toBe(2);
    expect(await joint(page, 'Nose', 2).count()).toBe(0);
    await page.getByRole('searchbox').fill('handst');
    await button(page, 'Handstand').click();
    expect(await people(page).count()).toBe(2);
    const ankle = await middleOf(joint(page, 'Left ankle', 2));
    expect(ankle.y).toBeLessThan((await middleOf(joint(page, 'Left hip', 2))).y);
    await page.close();
  });

  it('cancels what works and what waits, and stays usable', async () => {
    const page = await site.open({ engine: { stepMs: 300 } });
    await page.getByLabel('Prompt', { exact: true }).fill('one');
    // As an impatient person does.
    await button(page, /^Generate/).dblclick();
    await button(page, /^Generate/).click();
    await page.getByText('2 more are waiting.').waitFor();
    await button(page, 'Cancel all').click();
    await expect.poll(() => page.locator('.progress-row').count()).toBe(0);
    expect(await page.locator('.badge').count()).toBe(0);
    await button(page, 'Generate').click();
    await button(page, 'Cancel').click();
    await expect.poll(() => page.locator('.progress-row').count()).toBe(0);
    expect(await page.locator('.notice').count()).toBe(0);
    await page.close();
  });

  it('finds everything again after it was closed in the middle', async () => {
    const page = await site.open();
    await page.getByLabel('Prompt', { exact: true }).fill('a dancer in the rain');
    await button(page, 'Add a person').click();
    await button(page, 'Generate').click();
    await page.locator('.badge').waitFor();
    await page.getByLabel('Prompt', { exact: true }).fill('a second one');
    await button(page, 'Generate').click();
    await mount(page, { keepsStore: true });
    expect(await people(page).count()).toBe(2);
    await expect.poll(() => page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('a second one');
    await show(page, 'Results');
    await page.locator('.result').first().waitFor();
    expect(await page.locator('.result').count()).toBeGreaterThan(0);
    await page.locator('.result').last().getByRole('button', { name: 'Use everything again' }).click();
    expect(await page.getByLabel('Prompt', { exact: true }).inputValue()).toBe('a dancer in the rain');
    await page.close();
  });

  it('works without storage, and says that nothing is kept', async () => {
    const page = await site.open({ hasNoStorage: true });
    await page.getByText('Nothing can be kept here').waitFor();
    await button(page, 'Generate').click();
    await show(page, 'Results');
    await page.locator('.result').waitFor();
    await page.close();
  });

  it('lets people pose where no engine opens, and says why', async () => {
    const page = await site.open({ hasNoEngine: true });
    await page.getByText('This page has no device.').first().waitFor();
    await button(page, 'Add a person').click();
    expect(await people(page).count()).toBe(2);
    expect(await page.locator('.button.main').isDisabled()).toBe(true);
    await page.close();
  });

  it('takes a pose file that is dropped, and refuses what is none with a remedy', async () => {
    const page = await site.open();
    const drop = async (name: string, text: string) => {
      const transfer = await page.evaluateHandle(
        ([title, content]) => {
          const data = new DataTransfer();
          data.items.add(new File([content], title));
          return data;
        },
        [name, text] as const,
      );
      await page.locator('.stage').dispatchEvent('drop', { dataTransfer: transfer });
    };
    const keypoints = Array.from({ length: 17 }, (_, i) => [40 + i * 8, 60 + i * 5, 1]).flat();
    await drop('pose.json', JSON.stringify([{ image_id: 1, category_id: 1, keypoints, score: 1 }]));
    await expect.poll(() => people(page).count()).toBe(2);
    await drop('pose.json', '{"no": "pose"}');
    await page.getByText('The pose is in no known format.').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
  });

  it('speaks German', async () => {
    const page = await site.open({ language: 'de' });
    await button(page, 'Erzeugen').waitFor();
    await page.getByRole('tab', { name: 'Posen' }).click();
    await button(page, 'Hampelmannsprung').waitFor();
    expect(await axeFindings(page)).toEqual([]);
    await page.close();
  });
});

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodePng, type GenerationRequest, type Raster } from '@stable-pose/core';
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

/** Machines may be busy. */
const slow = { timeout: 60_000 };

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** The next file that people choose: a picture whose left half is red and whose right half is blue. */
async function willPickHalves(page: Page, width: number, height: number): Promise<void> {
  await page.evaluate(
    async ([w, h]) => {
      const canvas = Object.assign(document.createElement('canvas'), { width: w, height: h });
      const context = canvas.getContext('2d')!;
      context.fillStyle = '#c02020';
      context.fillRect(0, 0, w / 2, h);
      context.fillStyle = '#2040c0';
      context.fillRect(w / 2, 0, w / 2, h);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve));
      const bytes = new Uint8Array(await blob!.arrayBuffer());
      (globalThis as unknown as Global).page.host!.willPick({ name: 'halves.png', bytes });
    },
    [width, height] as const,
  );
}

async function lastRequest(page: Page, count: number): Promise<GenerationRequest> {
  const begun = () => (globalThis as unknown as Global).page.engine!.requests;
  await expect.poll(() => page.evaluate(begun).then((all) => all.length), slow).toBe(count);
  return page.evaluate(begun).then((all) => all[count - 1]);
}

const rasterOf = (base64: string): Raster => decodePng(new Uint8Array(Buffer.from(base64, 'base64')));
const pixel = ({ width, channels, data }: Raster, x: number, y: number) => [
  ...data.subarray((y * width + x) * channels, (y * width + x) * channels + 3),
];

async function paint(page: Page, from: readonly [number, number], to: readonly [number, number]) {
  const paper = (await page.locator('.paper').boundingBox())!;
  const at = ([x, y]: readonly [number, number]) =>
    [paper.x + x * paper.width, paper.y + y * paper.height] as const;
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at([(from[0] + to[0]) / 2, (from[1] + to[1]) / 2]));
  await page.mouse.move(...at(to));
  await page.mouse.up();
}

describe.skipIf(!chromiumPath)('a picture to start from, in Chromium', () => {
  let site: StudioSite;
  beforeAll(async () => {
    site = await openStudioSite();
  });
  afterAll(() => site?.close());

  for (const width of [320, 1600]) {
    it(`is chosen, partly painted over, asked for, kept and used again at ${width} pixels`, async () => {
      const page = await site.open({ width, height: 1000 });
      await willPickHalves(page, 600, 300);
      await button(page, 'A picture').click();
      await button(page, 'Choose a picture').click();
      await button(page, 'Paint a part').click();
      // The left half, from top to bottom.
      await paint(page, [0.2, 0.1], [0.2, 0.9]);
      await paint(page, [0.8, 0.3], [0.8, 0.6]);
      await page.keyboard.press('Control+z');
      expect(await axeFindings(page)).toEqual([]);
      await keep(page, `brush-${width}`);
      await button(page, 'Done').click();
      await page.getByRole('slider', { name: 'Soft edge' }).fill('0');
      await button(page, 'Generate').click();
      const { image, mask, width: wide = 0, height } = await lastRequest(page, 1);
      const [start, part] = [rasterOf(image!.picture), rasterOf(mask!.picture)];
      expect([start.width, start.height, part.width]).toEqual([wide, height, wide]);
      // Twice as wide as high: it covers the square, cut at its sides.
      expect(pixel(start, 10, 128)).toEqual([192, 32, 32]);
      expect(pixel(start, 245, 128)).toEqual([32, 64, 192]);
      expect(pixel(part, Math.round(0.2 * wide), 128)).toEqual([255, 255, 255]);
      expect(pixel(part, Math.round(0.8 * wide), 115)).toEqual([0, 0, 0]);
      expect(image!.strength).toBe(0.75);
      expect(mask!.feather).toBe(0);
      // What is still being made when a panel closes is cancelled.
      await page.getByRole('tab', { name: /Results/ }).click();
      await page.locator('.result').waitFor();

      await mount(page, { keepsStore: true });
      await button(page, 'Change the part').waitFor();
      await button(page, 'Generate').click();
      const again = await lastRequest(page, 1);
      expect(pixel(rasterOf(again.mask!.picture), Math.round(0.2 * wide), 128)).toEqual([255, 255, 255]);
      // Taken away, and brought back by a result's request.
      await page.getByLabel('Take the picture away').click();
      await button(page, 'Words').click();
      await button(page, 'Generate').click();
      expect((await lastRequest(page, 2)).image).toBeUndefined();
      await page.getByRole('tab', { name: /Results/ }).click();
      await expect.poll(() => page.locator('.result').count(), slow).toBe(3);
      await page.locator('.result').nth(1).getByRole('button', { name: 'Use everything again' }).click();
      await button(page, 'Change the part').waitFor();
      await button(page, 'Generate').click();
      const used = rasterOf((await lastRequest(page, 3)).mask!.picture);
      expect(pixel(used, Math.round(0.2 * wide), 128)[0]).toBeGreaterThan(240);
      expect(pixel(used, Math.round(0.8 * wide), 115)[0]).toBeLessThan(15);
      expect((page as unknown as { failures: string[] }).failures).toEqual([]);
      await page.close();
    });
  }

  it('is painted over by keys alone: the people, then the brush is put away', async () => {
    const page = await site.open();
    await willPickHalves(page, 256, 256);
    await button(page, 'A picture').click();
    await button(page, 'Choose a picture').click();
    await button(page, 'Paint a part').click();
    await page.getByRole('group', { name: 'Brush' }).getByLabel('Paint over the people').focus();
    await page.keyboard.press('Enter');
    await page.locator('.canvas').focus();
    await page.keyboard.press('Escape');
    await expect.poll(() => page.locator('.brush-bar').count(), slow).toBe(0);
    await button(page, 'Generate').click();
    const { mask, poses } = await lastRequest(page, 1);
    const part = rasterOf(mask!.picture);
    const [x, y] = poses[0].keypoints[11];
    expect(pixel(part, Math.round(x), Math.round(y))[0]).toBeGreaterThan(240);
    expect(pixel(part, 2, 2)[0]).toBe(0);
    await page.close();
  });

  it('is what lies in the document, where there is one', async () => {
    const page = await site.open({ document: { width: 256, height: 256 } });
    await button(page, 'The document').click();
    await page.getByRole('slider', { name: 'Drawn anew' }).fill('0.4');
    await button(page, 'Generate').click();
    const { image } = await lastRequest(page, 1);
    expect(image!.strength).toBe(0.4);
    expect(rasterOf(image!.picture).width).toBe(256);
    await page.close();
  });

  it('goes with LoRAs of the model and a detail pass that is said in full', async () => {
    const page = await site.open({ loras: ['film', 'ink'] });
    await page.getByText('More settings').click();
    await page.getByLabel('Add a LoRA').selectOption('ink');
    await page.getByRole('slider', { name: 'ink' }).fill('0.5');
    await page.getByLabel('Larger, with a detail pass').check();
    await button(page, 'Four times').click();
    await page.getByRole('slider', { name: 'Drawn anew in the detail pass' }).fill('0.2');
    expect(await axeFindings(page)).toEqual([]);
    await keep(page, 'more-1600');
    await button(page, 'Generate').click();
    const { loras, detail } = await lastRequest(page, 1);
    expect(loras).toEqual([{ model: 'ink', strength: 0.5 }]);
    expect(detail).toMatchObject({ scale: 4, strength: 0.2 });
    await page.close();
  });
});

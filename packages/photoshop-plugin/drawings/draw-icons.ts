// Draws the icons of the manifest from the drawings beside this file, in Chromium:
// `npx tsx packages/photoshop-plugin/drawings/draw-icons.ts`. Photoshop looks for `NAME@2x.png` beside `NAME.png`.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openChromium } from '../../../test/support/open-chromium.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const icons = [
  { name: 'panel-dark', side: 23 },
  { name: 'panel-light', side: 23 },
  { name: 'plugin', side: 48 },
];

const browser = await openChromium();
const page = await browser.context.newPage();
for (const { name, side } of icons) {
  for (const scale of [1, 2]) {
    const pixels = side * scale;
    const svg = readFileSync(join(folder, `${name}.svg`), 'utf8');
    await page.setViewportSize({ width: pixels, height: pixels });
    await page.setContent(
      `<style>*{margin:0}svg{display:block;width:${pixels}px;height:${pixels}px}</style>${svg}`,
    );
    const path = join(folder, '../panel/icons', `${name}${scale === 1 ? '' : '@2x'}.png`);
    await page.screenshot({ path, omitBackground: true });
  }
}
await browser.close();

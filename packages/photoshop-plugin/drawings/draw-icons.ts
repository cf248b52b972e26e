// Draws the icons of the manifest from the drawings beside this file, in Chromium:
// `npx tsx packages/photoshop-plugin/drawings/draw-icons.ts`. Photoshop looks for `NAME@1x.png` and
// `NAME@2x.png`, as Adobe's starter has them, and for `NAME.png`, as the manifest names it. The listing has three sizes more.
import { readFileSync, writeFileSync } from 'node:fs';
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

async function draw(name: string, pixels: number): Promise<Uint8Array> {
  const svg = readFileSync(join(folder, `${name}.svg`), 'utf8');
  await page.setViewportSize({ width: pixels, height: pixels });
  await page.setContent(
    `<style>*{margin:0}svg{display:block;width:${pixels}px;height:${pixels}px}</style>${svg}`,
  );
  return page.screenshot({ omitBackground: true });
}

for (const side of [48, 96, 192])
  writeFileSync(join(folder, `../publishing/pictures/icon-${side}.png`), await draw('plugin', side));
for (const { name, side } of icons) {
  for (const scale of [1, 2]) {
    const picture = await draw(name, side * scale);
    const endings = scale === 1 ? ['', '@1x'] : ['@2x'];
    for (const ending of endings)
      writeFileSync(join(folder, '../panel/icons', `${name}${ending}.png`), picture);
  }
}
await browser.close();

// `npm run photoshop:pictures`: makes the listing's screenshots anew, in packages/photoshop-plugin/publishing/pictures. The panel
// as it is shipped draws with its own weights, beside the simulator's document: minutes on a machine with two cores.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { buildPanel } from '../../packages/photoshop-plugin/rollup.panel.mjs';
import { repositoryRoot } from '../support/bundle-page.ts';
import { openChromium } from '../support/open-chromium.ts';
import { serveSimulator } from './simulator/serve-simulator.ts';
import { PanelPage } from './support/panel-page.ts';

const place = join(repositoryRoot, 'packages/photoshop-plugin/publishing/pictures');
/** What the portal asks for. */
const viewport = { width: 1360, height: 800 };
/** Of the poster, pixels, and of the round window in it. */
const side = 640;
const hole = { x: 232, y: 62, side: 376 };
/** Chosen among eight by eye. */
const wish = {
  prompt: 'a woman with long brown hair in a white t-shirt and blue jeans, on a beach',
  seed: 31,
};

const middle = hole.side / 2;
/** A document to work in: a poster that waits for its picture. */
const poster = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" font-family="Liberation Sans, Arial, sans-serif">
  <rect width="${side}" height="${side}" fill="#f3e9da"/>
  <rect width="${side}" height="250" y="390" fill="#1f4e5f"/>
  <circle cx="${hole.x + middle}" cy="${hole.y + middle}" r="${middle + 12}" fill="#e0a458"/>
  <circle cx="${hole.x + middle}" cy="${hole.y + middle}" r="${middle}" fill="#cfd8d7"/>
  <text x="40" y="110" font-size="34" fill="#1f4e5f">Saturday</text>
  <text x="40" y="150" font-size="34" fill="#1f4e5f">7 pm</text>
  <text x="36" y="540" font-size="104" font-weight="bold" fill="#f3e9da">Summer</text>
  <text x="40" y="600" font-size="44" fill="#e0a458">dance on the beach</text>
</svg>`;

const out = await mkdtemp(join(tmpdir(), 'photoshop-pictures-'));
await buildPanel(out);
const server = await serveSimulator(out);
const browser = await openChromium();
try {
  const panel = await PanelPage.open(browser.context, server.url, {
    viewport,
    side,
    picture: await sharp(Buffer.from(poster)).png().toBuffer(),
  });
  const { page, plugin } = panel;
  page.setDefaultTimeout(900_000);
  await panel.ready();
  await panel.select('ellipse', [hole.x, hole.y, hole.x + hole.side, hole.y + hole.side]);
  // What is the simulator's own stays out of sight.
  await page.addStyleTag({
    content:
      'body > header, body > footer { display: none } body { grid-template: minmax(0, 1fr) / 1fr 210px auto }',
  });
  const shoot = async (name: string) => {
    await page.mouse.move(2, 2);
    await page.waitForTimeout(1500);
    await page.screenshot({ path: join(place, `${name}.png`) });
    console.log(`${name}.png`);
  };

  await plugin.locator('textarea').first().fill(wish.prompt);
  await panel.setSeed(wish.seed);
  await plugin.getByRole('button', { name: 'Another seed' }).blur();
  await plugin.locator('textarea').first().scrollIntoViewIfNeeded();
  await shoot('1-pose-over-your-document');

  await panel.generate();
  await panel.place();
  await panel.placed();
  await shoot('2-layer-with-a-soft-mask');

  await plugin.getByRole('button', { name: 'Back to the pose' }).click();
  await plugin.getByRole('tab', { name: 'Library' }).click();
  await plugin.getByRole('button', { name: 'Dance', exact: true }).click();
  await plugin.getByText(/^A click/).evaluate((line) => line.scrollIntoView());
  await shoot('3-a-library-of-poses');

  await panel.showResults();
  await plugin.getByRole('button', { name: 'Repose' }).first().click();
  await panel.dragJoint('Right wrist', [-12, -70]);
  await panel.generate();
  await panel.place();
  await panel.placed(2);
  await shoot('4-move-an-arm-redraw-the-arm');
} finally {
  await browser.close();
  await server.close();
  await rm(out, { recursive: true, force: true });
}

/**
 * How long people wait at the studio's page, with the figurine on this machine: until somebody stands there to be posed, until
 * pictures can be made, and until the first picture is there. By hand, since a busy machine says little:
 *   npx vite build -c packages/studio/vite.config.mjs
 *   node --conditions=source --import tsx test/studio/measure-start.ts [RUNS]
 * Every run is a browser that has never seen the page, and pushes the button as soon as it can be pushed. Beside the time on the
 * clock stands what the browser worked meanwhile (processor time of all its processes, on Linux), which other programs hardly change.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { engineFiles } from '../../packages/cli/src/engine-files.ts';
import { servePage } from '../../packages/cli/src/serve-page.ts';
import { openChromium } from '../support/open-chromium.ts';

/** Of all processes below this one, in seconds; what ended is counted with who started it. */
function workedBelow(): number {
  const all = new Map<number, { readonly parent: number; readonly ticks: number }>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    try {
      // The name in brackets may hold anything; fields are counted from behind it.
      const fields = readFileSync(`/proc/${name}/stat`, 'utf8').split(') ').at(-1)!.split(' ');
      const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
      all.set(Number(name), { parent: Number(fields[1]), ticks });
    } catch {
      // It ended while we looked.
    }
  }
  const isBelow = (pid: number): boolean => {
    const parent = all.get(pid)?.parent;
    return parent !== undefined && (parent === process.pid || isBelow(parent));
  };
  const ticks = [...all].reduce((sum, [pid, one]) => sum + (isBelow(pid) ? one.ticks : 0), 0);
  return ticks / 100;
}

const runs = Number(process.argv[2] ?? 3);
const server = await servePage({ page: 'packages/studio/dist/page', models: await engineFiles(), port: 0 });
try {
  for (let run = 1; run <= runs; run++) {
    const browser = await openChromium();
    const page = await browser.context.newPage();
    page.setDefaultTimeout(600_000);
    const load = loadavg()[0].toFixed(1);
    const began = performance.now();
    const before = workedBelow();
    const seconds = () =>
      `${((performance.now() - began) / 1000).toFixed(1)} s (worked ${(workedBelow() - before).toFixed(1)} s)`;
    await page.goto(server.url, { waitUntil: 'commit' });
    await page.locator('.canvas .person').first().waitFor();
    const posed = seconds();
    const button = page.locator('.button.main:not([disabled])');
    await button.waitFor();
    const ready = seconds();
    await button.click();
    await page.locator('.badge').waitFor();
    const first = seconds();
    const device = await page.locator('.engine-head .dim').first().textContent();
    await page.getByRole('tab', { name: /Results/ }).click();
    const words = await page
      .locator('.result .score')
      .first()
      .textContent()
      .catch(() => 'none');
    console.log(
      `run ${run}, load ${load}: somebody to pose ${posed}, ready ${ready}, first picture ${first}; ${device}; pose score ${words}`,
    );
    if (process.env.STABLE_POSE_STUDIO_PICTURES) {
      await page.screenshot({ path: `${process.env.STABLE_POSE_STUDIO_PICTURES}/first-picture-${run}.png` });
    }
    await browser.close();
  }
} finally {
  await server.close();
}

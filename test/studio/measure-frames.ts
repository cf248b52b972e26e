/**
 * How smoothly a joint is dragged among ten people, the processor slowed four times; by hand, since a busy machine says little:
 *   node --conditions=source --import tsx test/studio/measure-frames.ts
 * Two numbers: the time from frame to frame, and what the page's thread worked for a frame (its own processor time, which does
 * not count what other programs take).
 */
import { loadavg } from 'node:os';
import { dragByFrames } from './support/drag-by-frames.ts';
import { openStudioSite } from './support/open-studio.ts';

const frames = 240;
const site = await openStudioSite();
try {
  const page = await site.open({ width: 1600, height: 1000 });
  const add = page.getByRole('button', { name: 'Add a person', exact: true });
  for (let i = 0; i < 9; i++) await add.click();
  const wrist = page.getByRole('button', { name: /^Left wrist, Person 10/ });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });
  const worked = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0;
  };
  // The loader that runs this file names functions by a helper, which the page does not have.
  await page.evaluate('globalThis.__name = (named) => named');
  const before = await worked();
  const gaps = await dragByFrames(page, wrist, frames);
  const own = ((await worked()) - before) / frames;
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(frames - 1, Math.floor(share * frames))].toFixed(1);
  const undo = await page.getByRole('button', { name: 'Undo', exact: true }).isEnabled();
  console.log(`ten people, ${frames} frames, processor slowed 4 times, load ${loadavg()[0].toFixed(1)}`);
  console.log(`from frame to frame: median ${at(0.5)} ms, 95 % ${at(0.95)} ms, 99 % ${at(0.99)} ms`);
  console.log(`the page's thread, its own time (slowed): ${(own * 1000).toFixed(1)} ms a frame`);
  console.log(`the drag ${undo ? 'moved the joint' : 'moved NOTHING: these numbers say nothing'}`);
} finally {
  await site.close();
}

/**
 * How smoothly a joint is dragged among ten people, the processor slowed four times; by hand, since a busy machine says little:
 *   node --conditions=source --import tsx test/studio/measure-frames.ts
 * Two numbers: the time from frame to frame, and what the page's thread worked for a frame (its own processor time, which does
 * not count what other programs take).
 */
import { loadavg } from 'node:os';
import { openStudioSite } from './support/open-studio.ts';

const frames = 240;
const site = await openStudioSite();
try {
  const page = await site.open({ width: 1600, height: 1000 });
  const add = page.getByRole('button', { name: 'Add a person', exact: true });
  for (let i = 0; i < 9; i++) await add.click();
  const wrist = page.getByRole('button', { name: /^Left wrist, Person 10/ }).locator('.dot');
  const box = (await wrist.boundingBox())!;
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
  // Moves are made in the page, one a frame, as a 60 Hz pointer makes them: a move by the protocol takes longer than a frame.
  const gaps = await page.evaluate(
    async ({ x, y, count }) => {
      const root = document.getElementById('studio')!.shadowRoot!;
      const canvas = root.querySelector('.canvas')!;
      const target = root.elementFromPoint(x, y) ?? canvas;
      const fire = (type: string, at: readonly [number, number]) =>
        target.dispatchEvent(
          new PointerEvent(type, {
            bubbles: true,
            composed: true,
            pointerId: 1,
            button: 0,
            buttons: 1,
            clientX: at[0],
            clientY: at[1],
            pointerType: 'mouse',
          }),
        );
      Element.prototype.setPointerCapture = () => {};
      fire('pointerdown', [x, y]);
      const found: number[] = [];
      let last = await new Promise<number>(requestAnimationFrame);
      for (let i = 1; i <= count; i++) {
        fire('pointermove', [x + 60 * Math.sin(i / 9), y + 60 * Math.cos(i / 7)]);
        const now = await new Promise<number>(requestAnimationFrame);
        found.push(now - last);
        last = now;
      }
      fire('pointerup', [x, y]);
      return found;
    },
    { x: box.x + box.width / 2, y: box.y + box.height / 2, count: frames },
  );
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

import type { Locator, Page } from 'playwright-core';

/**
 * Drags a joint in circles, one move a frame, as a 60 Hz pointer does: a move by the protocol takes longer than a frame.
 * @returns the time from frame to frame, in milliseconds
 */
export async function dragByFrames(page: Page, joint: Locator, count: number): Promise<readonly number[]> {
  const box = (await joint.locator('.dot').boundingBox())!;
  return page.evaluate(
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
      const at = (i: number) => [x + 60 * Math.sin(i / 9), y + 60 * Math.cos(i / 7)] as const;
      for (let i = 1; i <= count; i++) {
        fire('pointermove', at(i));
        const now = await new Promise<number>(requestAnimationFrame);
        found.push(now - last);
        last = now;
      }
      fire('pointerup', at(count));
      return found;
    },
    { x: box.x + box.width / 2, y: box.y + box.height / 2, count },
  );
}

import { decodePng } from '@stable-pose/core';
import { generateIntoHost } from '@stable-pose/sdk';
import { markedPicture, StubEngine } from '@stable-pose/sdk/testing';
import { describe, expect, it } from 'vitest';
import type { FrameNode, RectangleNode, SceneNode } from '../../packages/figma-plugin/src/main/figma.ts';
import { fillOutline } from '../../packages/figma-plugin/src/ui/fill-outline.ts';
import { actionsOn } from './support/actions-on.ts';
import { figmaBench } from './support/figma-bench.ts';
import type { SimulatedApi } from './support/figma-simulator.ts';
import { covers, type Shaped } from './support/simulated-geometry.ts';

const canvas = { width: 96, height: 80 };
const whole = { x: 0, y: 0, ...canvas };
const grey = [{ type: 'SOLID', color: { r: 0.85, g: 0.85, b: 0.85 } }] as const;

/** A picture that fills a frame, and a shape over it that is selected. */
async function scene(
  make: (figma: SimulatedApi) => SceneNode,
  turn: 'upright' | 'turned' | 'mirrored' = 'upright',
) {
  const bench = figmaBench();
  await bench.open({ canvas, picture: markedPicture(canvas.width, canvas.height) });
  const { simulator } = bench;
  const frame = bench.frame();
  const shape = make(simulator.figma);
  frame.appendChild(shape);
  shape.x = 20;
  shape.y = 18;
  if (turn === 'turned') frame.rotation = 30;
  if (turn === 'mirrored') simulator.flip(frame);
  simulator.settle();
  simulator.forgetUndo();
  simulator.select([shape]);
  return { ...bench, frame, shape };
}

const sized = <T extends { resize(w: number, h: number): void; fills: unknown }>(
  node: T,
  more: Partial<T> = {},
): T => {
  node.resize(52, 40);
  node.fills = grey;
  return Object.assign(node, more);
};

const shapes: Readonly<Record<string, (figma: SimulatedApi) => SceneNode>> = {
  ellipse: (figma) => sized(figma.createEllipse()),
  'ellipse that is nearly transparent': (figma) => sized(figma.createEllipse(), { opacity: 0.1 }),
  'ellipse without a fill': (figma) =>
    sized(figma.createEllipse(), { fills: [], strokes: grey, strokeWeight: 2 }),
  polygon: (figma) => sized(figma.createPolygon(), { pointCount: 5 }),
  star: (figma) => sized(figma.createStar()),
  'vector with a hole': (figma) =>
    sized(figma.createVector(), {
      vectorPaths: [
        {
          windingRule: 'EVENODD',
          data: 'M 0 0 L 52 0 L 52 40 L 0 40 Z M 16 12 L 36 12 L 36 30 L 16 30 Z',
        },
      ],
    }),
  'rectangle with round corners': (figma) => sized(figma.createRectangle(), { cornerRadius: 12 }),
  'turned rectangle': (figma) => sized(figma.createRectangle(), { rotation: -25 }),
};

/** Whether a place on the frame lies in the shape, by what the shape is. */
function isInShape(shape: SceneNode, x: number, y: number): boolean {
  const [[a, c, e], [b, d, f]] = shape.relativeTransform;
  const det = a * d - b * c;
  const [px, py] = [x - e, y - f];
  return covers(shape as unknown as Shaped, (d * px - c * py) / det, (a * py - b * px) / det);
}

/** How a pixel of the frame lies to the shape: its corners and a rim around it all in, all out, or neither. */
function sideOf(shape: SceneNode, x: number, y: number, rim: number): 'inside' | 'outside' | 'edge' {
  const places = [-rim, 0.5, 1 + rim].flatMap((dx) => [-rim, 0.5, 1 + rim].map((dy) => [x + dx, y + dy]));
  const count = places.filter(([px, py]) => isInShape(shape, px, py)).length;
  if (count === 0) return 'outside';
  return count === places.length ? 'inside' : 'edge';
}

describe('an outline', () => {
  const fill = (data: string, isEvenOdd = false) =>
    fillOutline(
      [{ data, isEvenOdd }],
      [1, 0, 0, 1, 0, 0],
      { x: 0, y: 0, width: 20, height: 10 },
      { width: 20, height: 10 },
    );

  it('covers pixels by their share', () => {
    const { data } = fill('M 2.5 1 L 10.25 1 L 10.25 8.5 L 2.5 8.5 Z');
    expect([
      data[1 * 20 + 1],
      data[1 * 20 + 2],
      data[1 * 20 + 3],
      data[1 * 20 + 10],
      data[1 * 20 + 11],
    ]).toEqual([0, 128, 255, 64, 0]);
    expect([data[8 * 20 + 5], data[9 * 20 + 5], data[5]]).toEqual([128, 0, 0]);
  });

  it('has holes by the rule of its path, and is closed where it is open', () => {
    const rings = 'M 0 0 L 20 0 L 20 10 L 0 10 Z M 4 2 L 16 2 L 16 8 L 4 8 Z';
    expect(fill(rings, true).data[5 * 20 + 10]).toBe(0);
    expect(fill(rings, false).data[5 * 20 + 10]).toBe(255);
    expect(fill('M 0 0 L 20 0 L 20 10 L 0 10').data[5 * 20 + 10]).toBe(255);
  });

  it('follows curves', () => {
    const k = 0.5522847;
    const circle = `M 10 5 C 10 ${5 + 5 * k} ${5 + 5 * k} 10 5 10 C ${5 - 5 * k} 10 0 ${5 + 5 * k} 0 5 C 0 ${5 - 5 * k} ${5 - 5 * k} 0 5 0 C ${5 + 5 * k} 0 10 ${5 - 5 * k} 10 5 Z`;
    const sum = fill(circle).data.reduce((all, one) => all + one, 0) / 255;
    expect(Math.abs(sum - Math.PI * 25)).toBeLessThan(0.2);
    // A parabola below its chord: two thirds of the box.
    const area = fill('M 0 0 Q 10 20 20 0 Z').data.reduce((all, one) => all + one, 0) / 255;
    expect(Math.abs(area - (2 / 3) * 200)).toBeLessThan(0.5);
  });

  it('that is none of Figma’s is refused', () => {
    for (const data of ['M 0 0 A 1 2 3 4 5 6', 'M 0', 'M 0 0 L 1'])
      expect(() => fill(data)).toThrow('cannot be read');
  });
});

describe('a shape over a picture', () => {
  for (const [name, make] of Object.entries(shapes)) {
    for (const turn of ['upright', 'turned', 'mirrored'] as const) {
      it(`is a mask of what it covers: ${name}, ${turn}`, async () => {
        const { host, shape, simulator } = await scene(make, turn);
        const { kind, target, hasMask } = await host.readSelection();
        expect([kind, hasMask]).toEqual(['shape', true]);
        const mask = await host.readMask(target, { area: whole });
        for (let y = 0; y < canvas.height; y++) {
          for (let x = 0; x < canvas.width; x++) {
            const side = sideOf(shape, x, y, 0.05);
            const value = mask!.data[y * canvas.width + x];
            if (side !== 'edge') expect(value, `${x}, ${y}`).toBe(side === 'inside' ? 255 : 0);
          }
        }
        // Reading leaves nothing behind.
        expect(simulator.undoSteps).toBe(0);
      });
    }
  }

  it('that is an upright box is none', async () => {
    const { host } = await scene((figma) => sized(figma.createRectangle()));
    expect(await host.readSelection()).toMatchObject({ kind: 'shape', hasMask: false });
  });

  for (const name of ['ellipse', 'star', 'turned rectangle'] as const) {
    for (const turn of ['upright', 'turned'] as const) {
      it(`is all that changes when a picture is made in it, as one undo step: ${name}, ${turn}`, async () => {
        const { host, frame, shape, simulator } = await scene(shapes[name], turn);
        shape.visible = false;
        const before = await seen(frame);
        shape.visible = true;
        simulator.forgetUndo();
        const children = frame.children.map(({ id }) => id);
        const { placed } = await generateIntoHost(host, new StubEngine(), {
          request: { prompt: 'a dancer', seed: 7, steps: 1 },
        });
        expect(frame.children.map(({ id }) => id)).toEqual([...children, placed[0]]);
        expect(simulator.page.children.map(({ id }) => id)).toEqual([frame.id]);
        expect(simulator.undoSteps).toBe(1);
        // The shape only said where.
        expect(shape.visible).toBe(false);
        const after = await seen(frame);
        let changed = 0;
        let inside = 0;
        for (let y = 0; y < canvas.height; y++) {
          for (let x = 0; x < canvas.width; x++) {
            const [u, v] = placeOnPage(frame, x + 0.5, y + 0.5);
            const at = 4 * (Math.floor(v) * before.width + Math.floor(u));
            const isSame = [0, 1, 2, 3].every((i) => before.data[at + i] === after.data[at + i]);
            // A turned picture is drawn to the nearest pixel.
            const side = sideOf(shape, x, y, turn === 'turned' ? 1.5 : 0.05);
            if (side === 'outside') expect(isSame, `${x}, ${y}`).toBe(true);
            if (side !== 'inside') continue;
            inside++;
            if (!isSame) changed++;
          }
        }
        expect(changed).toBeGreaterThan(0.9 * inside);
        simulator.undo();
        expect(shape.visible).toBe(true);
        expect(frame.children.map(({ id }) => id)).toEqual(children);
      });
    }
  }

  it('is drawn anew in the same shape when its picture is made again', async () => {
    const { host, main, frame, shape, simulator } = await scene(shapes.ellipse);
    const engine = new StubEngine();
    const { placed } = await generateIntoHost(host, engine, {
      request: { prompt: 'a dancer', seed: 7, steps: 1 },
    });
    const picture = frame.children.find(({ id }) => id === placed[0]) as RectangleNode;
    const before = await seen(frame);
    picture.setPluginData(
      'stable-pose.request',
      picture.getPluginData('stable-pose.request').replace('a dancer', 'a diver'),
    );
    simulator.select([picture]);
    simulator.forgetUndo();
    const actions = actionsOn({ host, main }, engine);
    await actions.again();
    expect(actions.state.value).toEqual({ kind: 'idle' });
    expect(simulator.undoSteps).toBe(1);
    const after = await seen(frame);
    let changed = 0;
    for (let y = 0; y < canvas.height; y++) {
      for (let x = 0; x < canvas.width; x++) {
        const at = 4 * (y * canvas.width + x);
        const isSame = [0, 1, 2, 3].every((i) => before.data[at + i] === after.data[at + i]);
        if (sideOf(shape, x, y, 0.05) === 'outside') expect(isSame, `${x}, ${y}`).toBe(true);
        else if (!isSame) changed++;
      }
    }
    expect(changed).toBeGreaterThan(500);
  });

  it('with strokes or effects is part of a design, and stays in sight', async () => {
    for (const key of ['strokes', 'effects'] as const) {
      const { host, shape } = await scene((figma) => {
        const node = sized(figma.createEllipse());
        Object.assign(node, {
          [key]: key === 'strokes' ? grey : [{ type: 'LAYER_BLUR', radius: 2, visible: true }],
        });
        return node;
      });
      await generateIntoHost(host, new StubEngine(), { request: { prompt: 'a dancer', seed: 7, steps: 1 } });
      expect(shape.visible).toBe(true);
    }
  });

  it('is as it was when placing fails', async () => {
    const { host, frame, shape, simulator } = await scene(shapes.ellipse);
    const children = frame.children.map(({ id }) => id);
    simulator.failNext('appendChild');
    const making = generateIntoHost(host, new StubEngine(), {
      request: { prompt: 'a dancer', seed: 7, steps: 1 },
    });
    await expect(making).rejects.toThrow('Something went wrong');
    expect(shape.visible).toBe(true);
    expect(frame.children.map(({ id }) => id)).toEqual(children);
    expect(simulator.undoSteps).toBe(0);
  });
});

/** The frame as its page shows it. */
async function seen(frame: FrameNode) {
  const png = await frame.exportAsync({
    format: 'PNG',
    useAbsoluteBounds: true,
    colorProfile: 'SRGB',
    constraint: { type: 'SCALE', value: 1 },
  });
  return decodePng(png);
}

/** Where a place on the frame lies in what {@link seen} gives. */
function placeOnPage(frame: FrameNode, x: number, y: number): readonly [number, number] {
  const [[a, c, e], [b, d, f]] = frame.absoluteTransform;
  const box = frame.absoluteBoundingBox!;
  return [a * x + c * y + e - box.x, b * x + d * y + f - box.y];
}

import { planArea } from '@stable-pose/sdk';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const nativeSize = { width: 512, height: 512 };
const options = { multiple: 64, resolution: 'model', nativeSize } as const;

describe('planArea', () => {
  it('takes an area of the native proportions as it is', () => {
    const area = { x: 10, y: 20, width: 1024, height: 1024 };
    expect(planArea(area, options)).toEqual({ drawn: area, placed: area, size: nativeSize });
  });

  it('grows the area where the size is rounded up, so that nothing is squeezed', () => {
    const area = { x: 0, y: 0, width: 500, height: 700 };
    const { drawn, size } = planArea(area, { ...options, resolution: 'canvas' });
    expect(size).toEqual({ width: 512, height: 704 });
    expect(drawn).toEqual({ x: -6, y: -2, width: 512, height: 704 });
  });

  it('grows into the canvas rather than beyond it', () => {
    const area = { x: 0, y: 0, width: 500, height: 700 };
    const canvas = { width: 1000, height: 1000 };
    const { drawn } = planArea(area, { ...options, resolution: 'canvas', canvas });
    expect(drawn).toEqual({ x: 0, y: 0, width: 512, height: 704 });
  });

  it('pads with surroundings up to the canvas and no further', () => {
    const area = { x: 8, y: 300, width: 100, height: 100 };
    const canvas = { width: 1000, height: 1000 };
    const { drawn, placed } = planArea(area, { ...options, resolution: 'canvas', canvas, padding: 32 });
    expect(placed).toEqual(area);
    expect(drawn.x).toBe(0);
    expect(drawn.width).toBe(192);
    expect(drawn.y).toBeLessThanOrEqual(268);
  });

  it('keeps to the most pixels that the engine draws', () => {
    const { size } = planArea(
      { x: 0, y: 0, width: 4000, height: 3000 },
      { ...options, resolution: 'canvas', maxPixels: 512 * 512 },
    );
    expect(size.width * size.height).toBeLessThanOrEqual(512 * 512);
  });

  it('refuses a strip that no allowed size can hold', () => {
    expect(() =>
      planArea({ x: 0, y: 0, width: 40_000, height: 2 }, { ...options, maxPixels: 64 * 64 }),
    ).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
    expect(() => planArea({ x: 0, y: 0, width: 100, height: 100 }, { ...options, maxPixels: 100 })).toThrow(
      expect.objectContaining({ code: 'limit-exceeded' }),
    );
    expect(() => planArea({ x: 0, y: 0, width: 0.5, height: 10 }, options)).toThrow(
      expect.objectContaining({ code: 'invalid-input' }),
    );
  });

  it('always covers what was asked for, with sides that the model takes, in its proportions', () => {
    const side = fc.integer({ min: 1, max: 6000 });
    const place = fc.integer({ min: -3000, max: 6000 });
    fc.assert(
      fc.property(
        fc.record({ x: place, y: place, width: side, height: side }),
        fc.record({
          multiple: fc.constantFrom(8, 64, 128),
          resolution: fc.constantFrom('model' as const, 'canvas' as const, 100_000),
          padding: fc.integer({ min: 0, max: 300 }),
          canvas: fc.option(fc.record({ width: side, height: side }), { nil: undefined }),
        }),
        (area, given) => {
          const { drawn, placed, size } = planArea(area, { ...given, nativeSize });
          expect(placed).toEqual(area);
          expect(drawn.x).toBeLessThanOrEqual(placed.x);
          expect(drawn.y).toBeLessThanOrEqual(placed.y);
          expect(drawn.x + drawn.width).toBeGreaterThanOrEqual(placed.x + placed.width);
          expect(drawn.y + drawn.height).toBeGreaterThanOrEqual(placed.y + placed.height);
          expect(size.width % given.multiple).toBe(0);
          expect(size.height % given.multiple).toBe(0);
          expect(Math.min(size.width, size.height)).toBeGreaterThanOrEqual(64);
          expect(Math.max(size.width, size.height)).toBeLessThanOrEqual(8192);
          // One factor for both sides, to within the half pixel of whole numbers on the shorter side.
          const x = size.width / drawn.width;
          const y = size.height / drawn.height;
          const half = 0.5 / Math.min(drawn.width, drawn.height);
          expect(Math.abs(x / y - 1)).toBeLessThanOrEqual(2 * half + 1e-9);
        },
      ),
    );
  });
});

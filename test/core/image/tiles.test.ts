import { describe, expect, it } from 'vitest';
import { TileBlender, tilesOf } from '../../../packages/core/src/image/index.ts';

describe('tilesOf', () => {
  it('covers a field with tiles that overlap by no less than asked', () => {
    for (const [width, height, tile, overlap] of [
      [100, 64, 32, 8],
      [64, 64, 64, 16],
      [65, 200, 64, 0],
      [33, 20, 64, 16],
    ] as const) {
      const tiles = tilesOf(width, height, tile, overlap);
      const covered = new Uint8Array(width * height);
      for (const { x, y, width: w, height: h } of tiles) {
        expect([w, h]).toEqual([Math.min(tile, width), Math.min(tile, height)]);
        for (let row = y; row < y + h; row++) covered.fill(1, row * width + x, row * width + x + w);
      }
      expect(covered.every((value) => value === 1)).toBe(true);
      const starts = [...new Set(tiles.map(({ x }) => x))];
      for (let i = 1; i < starts.length; i++) {
        expect(starts[i - 1]! + tile - starts[i]!).toBeGreaterThanOrEqual(overlap);
      }
    }
  });

  it('refuses an overlap as large as the tile', () => {
    expect(() => tilesOf(100, 100, 32, 32)).toThrow(/overlap/);
  });
});

describe('TileBlender', () => {
  it('gives back a field that all tiles agree on', () => {
    const [width, height] = [50, 40];
    const field = Float32Array.from({ length: 2 * width * height }, (_, i) => Math.sin(i));
    const blender = new TileBlender(2, width, height, 6);
    for (const place of tilesOf(width, height, 20, 6)) {
      const values = new Float32Array(2 * place.width * place.height);
      for (let i = 0; i < values.length; i++) {
        const c = Math.floor(i / (place.width * place.height));
        const y = Math.floor(i / place.width) % place.height;
        values[i] = field[(c * height + place.y + y) * width + place.x + (i % place.width)]!;
      }
      blender.add(place, values);
    }
    blender.result().forEach((value, i) => {
      // A weighted mean of equal fp32 values.
      expect(Math.abs(value - field[i]!)).toBeLessThan(1e-6);
    });
  });
});

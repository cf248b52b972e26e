import { StablePoseError } from '../errors.ts';
import type { Rectangle } from './crop-raster.ts';

/**
 * Overlapping tiles that cover a field: each as large as said or as the field, whichever is less; evenly spread, so that
 * neighbours overlap by `overlap` or more. Row by row.
 *
 * @throws invalid-input unless 0 <= overlap < tile, in whole units (pixels or latent cells)
 */
export function tilesOf(width: number, height: number, tile: number, overlap: number): readonly Rectangle[] {
  if (!(Number.isInteger(tile) && Number.isInteger(overlap) && overlap >= 0 && overlap < tile)) {
    throw new StablePoseError(
      'invalid-input',
      `Tiles need a whole side above their overlap, got a side of ${tile} and an overlap of ${overlap}.`,
    );
  }
  const across = startsOf(width, tile, overlap);
  const down = startsOf(height, tile, overlap);
  return down.flatMap((y) =>
    across.map((x) => ({ x, y, width: Math.min(tile, width), height: Math.min(tile, height) })),
  );
}

function startsOf(length: number, tile: number, overlap: number): number[] {
  if (tile >= length) return [0];
  const count = Math.ceil((length - overlap) / (tile - overlap));
  return Array.from({ length: count }, (_, i) => Math.round((i * (length - tile)) / (count - 1)));
}

/**
 * Puts overlapping tiles together: a weighted mean, whose weights fall to 0 in a straight line over `overlap` towards each
 * edge of a tile that is not the field's own.
 */
export class TileBlender {
  private readonly sums: Float32Array;
  private readonly weights: Float32Array;
  private readonly channels: number;
  private readonly width: number;
  private readonly height: number;
  private readonly overlap: number;

  constructor(channels: number, width: number, height: number, overlap: number) {
    this.channels = channels;
    this.width = width;
    this.height = height;
    this.overlap = overlap;
    this.sums = new Float32Array(channels * width * height);
    this.weights = new Float32Array(width * height);
  }

  /** @param values `[channels, place.height, place.width]` */
  add(place: Rectangle, values: Float32Array): void {
    const across = this.ramp(place.x, place.width, this.width);
    const down = this.ramp(place.y, place.height, this.height);
    const plane = this.width * this.height;
    for (let y = 0; y < place.height; y++) {
      for (let x = 0; x < place.width; x++) {
        const weight = across[x] * down[y];
        const to = (place.y + y) * this.width + place.x + x;
        this.weights[to] += weight;
        for (let c = 0; c < this.channels; c++) {
          this.sums[c * plane + to] += weight * values[(c * place.height + y) * place.width + x];
        }
      }
    }
  }

  /** `[channels, height, width]`; every place must have been covered. */
  result(): Float32Array {
    const plane = this.weights.length;
    return this.sums.map((sum, i) => sum / this.weights[i % plane]);
  }

  private ramp(start: number, length: number, whole: number): Float32Array {
    return Float32Array.from({ length }, (_, i) => {
      const before = start === 0 ? 1 : (i + 0.5) / this.overlap;
      const after = start + length === whole ? 1 : (length - i - 0.5) / this.overlap;
      return Math.min(1, before, after);
    });
  }
}

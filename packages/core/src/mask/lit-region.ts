import { StablePoseError } from '../errors.ts';
import type { FloatTensor } from '../tensor/tensor.ts';

/** Pixels of the picture per cell of the latents, along a side. */
export const cellSide = 8;

/** Where a hint image is not black, prepared for quick questions about it. */
export interface LitRegion {
  readonly width: number;
  readonly height: number;
  /** The brightest channel of each pixel, plus 1: 0 on black ground, up to 2. `[height, width]`. */
  readonly light: Float32Array;
  /** The most light in each cell, `[height / 8, width / 8]`. */
  readonly brightest: Float32Array;
  /** The light of each channel summed over each cell, `[3, height / 8, width / 8]`. */
  readonly cellLight: Float32Array;
  /** First and last lit column of each row; first > last in a dark row. */
  readonly firstColumn: Int32Array;
  readonly lastColumn: Int32Array;
  /** Count of lit pixels above and to the left: `[height + 1, width + 1]`. */
  readonly counts: Uint32Array;
}

/**
 * @param hintImage `[1, 3, H, W]` in [-1, 1], black (-1) where nothing is drawn; H and W divisible by 8
 * @throws invalid-input when the shape is another
 */
export function litRegion(hintImage: FloatTensor): LitRegion {
  const [rows, channels, height, width] = hintImage.dims;
  if (hintImage.dims.length !== 4 || rows !== 1 || channels !== 3) {
    throw new StablePoseError(
      'invalid-input',
      `A hint image has the shape [1, 3, H, W], got [${hintImage.dims}].`,
      { details: { dims: [...hintImage.dims] } },
    );
  }
  if (height % cellSide !== 0 || width % cellSide !== 0 || height === 0 || width === 0) {
    throw new StablePoseError(
      'invalid-input',
      `A hint image's sides must be divisible by ${cellSide} for pose masks, got ${width} x ${height}.`,
      { remedy: 'Choose a width and a height that are divisible by 64.', details: { width, height } },
    );
  }
  const plane = width * height;
  const hint = hintImage.data;
  const light = new Float32Array(plane);
  const cellsAcross = width / cellSide;
  const brightest = new Float32Array(plane / (cellSide * cellSide));
  const cellLight = new Float32Array(3 * brightest.length);
  const firstColumn = new Int32Array(height).fill(width);
  const lastColumn = new Int32Array(height).fill(-1);
  const counts = new Uint32Array((height + 1) * (width + 1));
  for (let y = 0; y < height; y++) {
    const above = y * (width + 1);
    const here = above + width + 1;
    let inRow = 0;
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const red = hint[at];
      const green = hint[at + plane];
      const blue = hint[at + 2 * plane];
      if (red > -1 || green > -1 || blue > -1) {
        inRow++;
        if (firstColumn[y] > x) firstColumn[y] = x;
        lastColumn[y] = x;
        const most = Math.max(red, green, blue) + 1;
        light[at] = most;
        const cell = ((y / cellSide) | 0) * cellsAcross + ((x / cellSide) | 0);
        if (most > brightest[cell]) brightest[cell] = most;
        cellLight[cell] += red + 1;
        cellLight[cell + brightest.length] += green + 1;
        cellLight[cell + 2 * brightest.length] += blue + 1;
      }
      counts[here + x + 1] = counts[above + x + 1] + inRow;
    }
  }
  return { width, height, light, brightest, cellLight, firstColumn, lastColumn, counts };
}

/** Whether any pixel from (left, top) to (right, bottom), all included and clipped by the border, is lit. */
export function isLit(region: LitRegion, left: number, top: number, right: number, bottom: number): boolean {
  const stride = region.width + 1;
  const x1 = Math.max(0, left);
  const y1 = Math.max(0, top);
  const x2 = Math.min(region.width, right + 1);
  const y2 = Math.min(region.height, bottom + 1);
  const { counts } = region;
  return (
    counts[y2 * stride + x2] -
      counts[y1 * stride + x2] -
      counts[y2 * stride + x1] +
      counts[y1 * stride + x1] >
    0
  );
}

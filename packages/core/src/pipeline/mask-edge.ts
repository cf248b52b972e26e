import { type Raster, raster } from '../image/index.ts';

/**
 * Softens a mask's edge inwards: within `feather` pixels of the nearest black pixel its value falls in a straight line. What
 * is black stays black, what is white far inside stays white; a part that is thinner keeps its middle.
 *
 * @param mask one channel, 0 to 255
 */
export function softenMask(mask: Raster, feather: number): Raster {
  if (feather <= 0) return mask;
  const { width, height } = mask;
  const distance = distanceToBlack(mask);
  let deepest = 0;
  for (const value of distance) if (Number.isFinite(value) && value > deepest) deepest = value;
  const reach = Math.min(feather + 1, deepest);
  const soft = raster(width, height, 1);
  for (let i = 0; i < distance.length; i++) {
    soft.data[i] = Math.round(mask.data[i] * Math.min(1, reach === 0 ? 1 : distance[i] / reach));
  }
  return soft;
}

/**
 * Pixels to the nearest black one, 0 where it is black, infinite where there is none: a chamfer distance (Borgefors 1986,
 * steps 1 and sqrt 2), at most 8 % above the true one.
 */
function distanceToBlack({ width, height, data }: Raster): Float32Array {
  const distance = Float32Array.from(data, (value) => (value === 0 ? 0 : Number.POSITIVE_INFINITY));
  const near = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? Number.POSITIVE_INFINITY : distance[y * width + x];
  const pass = (x: number, y: number, back: number) => {
    const i = y * width + x;
    distance[i] = Math.min(
      distance[i],
      near(x - back, y) + 1,
      near(x, y - back) + 1,
      near(x - back, y - back) + Math.SQRT2,
      near(x + back, y - back) + Math.SQRT2,
    );
  };
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) pass(x, y, 1);
  for (let y = height - 1; y >= 0; y--) for (let x = width - 1; x >= 0; x--) pass(x, y, -1);
  return distance;
}

/**
 * A mask per latent cell, 0 to 1, `[H / factor, W / factor]`: the largest value of the cell's pixels, so that every pixel
 * that may change comes from latents that do.
 */
export function latentMask({ width, height, data }: Raster, factor: number): Float32Array {
  const across = width / factor;
  const cells = new Float32Array(across * (height / factor));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const cell = Math.floor(y / factor) * across + Math.floor(x / factor);
      cells[cell] = Math.max(cells[cell], data[y * width + x] / 255);
    }
  }
  return cells;
}

/** The mask with black and white exchanged. */
export function inverted(mask: Raster): Raster {
  return raster(
    mask.width,
    mask.height,
    1,
    mask.data.map((value) => 255 - value),
  );
}

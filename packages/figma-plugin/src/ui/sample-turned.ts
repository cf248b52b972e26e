import { type Raster, type Rectangle, raster, type Size, StablePoseError } from '@stable-pose/core';

/** a, b, c, d, e, f as in CSS' matrix: x' = a x + c y + e, y' = b x + d y + f. */
export type Way = readonly [number, number, number, number, number, number];

interface SizedWay {
  readonly way: readonly number[];
  readonly width: number;
  readonly height: number;
}

/** Figma rounds sides as it likes. */
const samePixels = 2;

/** The way whose size the picture has. @throws host-failed */
export function wayOf({ width, height }: Size, ways: readonly SizedWay[]): Way {
  const found = ways.find(
    (one) => Math.abs(one.width - width) <= samePixels && Math.abs(one.height - height) <= samePixels,
  );
  if (found?.way.length === 6) return found.way as unknown as Way;
  const asked = ways.map((one) => `${Math.round(one.width)} x ${Math.round(one.height)}`).join(' or ');
  throw new StablePoseError(
    'host-failed',
    `Figma drew the frame as ${width} x ${height} pixels, and ${asked} were expected.`,
  );
}

/**
 * An upright area of a canvas that lies turned or mirrored in a picture: bilinear, in premultiplied alpha, transparent beyond
 * the picture. RGBA to RGBA.
 */
export function sampleTurned(
  { data, width, height }: Raster,
  [a, b, c, d, e, f]: Way,
  area: Rectangle,
  size: Size,
): Raster {
  const target = raster(size.width, size.height, 4);
  const sum = new Float64Array(4);
  for (let j = 0; j < size.height; j++) {
    const y = area.y + ((j + 0.5) * area.height) / size.height;
    for (let i = 0; i < size.width; i++) {
      const x = area.x + ((i + 0.5) * area.width) / size.width;
      const u = a * x + c * y + e - 0.5;
      const v = b * x + d * y + f - 0.5;
      const [left, top] = [Math.floor(u), Math.floor(v)];
      sum.fill(0);
      for (let k = 0; k < 4; k++) {
        const [px, py] = [left + (k & 1), top + (k >> 1)];
        if (px < 0 || py < 0 || px >= width || py >= height) continue;
        const weight = (1 - Math.abs(u - px)) * (1 - Math.abs(v - py));
        const at = 4 * (py * width + px);
        const alpha = weight * data[at + 3];
        sum[0] += alpha * data[at];
        sum[1] += alpha * data[at + 1];
        sum[2] += alpha * data[at + 2];
        sum[3] += alpha;
      }
      if (sum[3] === 0) continue;
      const to = 4 * (j * size.width + i);
      for (let channel = 0; channel < 3; channel++)
        target.data[to + channel] = Math.round(sum[channel] / sum[3]);
      target.data[to + 3] = Math.round(sum[3]);
    }
  }
  return target;
}

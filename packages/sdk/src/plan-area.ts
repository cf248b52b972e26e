import { type Rectangle, type Size, StablePoseError } from '@stable-pose/core';

/** Which part of the canvas is drawn, which part of that is placed, and how large the picture is that the model draws. */
export interface AreaPlan {
  /** Canvas pixels: what is placed, with surroundings, and with what rounding added. Whole numbers; may leave the canvas. */
  readonly drawn: Rectangle;
  /** Canvas pixels, inside `drawn`: what people asked for. */
  readonly placed: Rectangle;
  /** Of the picture: multiples of what the model takes, of `drawn`'s proportions to within half a canvas pixel. */
  readonly size: Size;
}

export interface AreaPlanOptions {
  /** Sides of the picture are divisible by this. */
  readonly multiple: number;
  /**
   * `model`: about as many pixels as the model was trained at, whatever the size on the canvas. `canvas`: a pixel of the
   * picture is a pixel of the canvas. A number: about so many pixels.
   */
  readonly resolution: 'model' | 'canvas' | number;
  /** What the model was trained at. */
  readonly nativeSize: Size;
  /** Canvas pixels round the area that are drawn too, so that the picture fits its surroundings. Default 0. */
  readonly padding?: number;
  /** Surroundings beyond it are not sought. */
  readonly canvas?: Size;
  /** The most pixels that the engine draws. */
  readonly maxPixels?: number;
}

/** The shortest and the longest side that a request may have. */
const shortestSide = 64;
const longestSide = 8192;

/**
 * Plans size rounding and the way back. The picture's sides are rounded up to multiples, and the drawn part of the canvas
 * grows by as much, so nothing is squeezed: the result is scaled by one factor and cropped to what was asked for.
 * @throws invalid-input for an area without size, limit-exceeded when its proportions leave no size that the model can draw
 */
export function planArea(area: Rectangle, options: AreaPlanOptions): AreaPlan {
  checkArea(area);
  const { multiple, resolution, nativeSize, padding = 0, canvas, maxPixels = longestSide ** 2 } = options;
  const padded = pad(area, Math.round(padding), canvas);
  const budget = resolution === 'model' ? nativeSize.width * nativeSize.height : resolution;
  const pixels = padded.width * padded.height;
  let scale = budget === 'canvas' ? 1 : Math.sqrt(budget / pixels);
  scale = Math.min(scale, Math.sqrt(maxPixels / pixels), longestSide / Math.max(padded.width, padded.height));
  const least = Math.ceil(shortestSide / multiple) * multiple;
  // A hair's breadth of leniency: an exact multiple must not become the next one by rounding in the last bit.
  const up = (side: number) => Math.max(least, Math.ceil((side * scale) / multiple - 1e-6) * multiple);
  let size = { width: up(padded.width), height: up(padded.height) };
  // Rounding up can pass the limits again; a slightly smaller scale cannot for long.
  for (let i = 0; i < 200 && isTooLarge(size, maxPixels); i++) {
    scale *= 0.98;
    size = { width: up(padded.width), height: up(padded.height) };
  }
  if (isTooLarge(size, maxPixels)) {
    throw new StablePoseError(
      'limit-exceeded',
      `A part of ${area.width} x ${area.height} pixels is too long and thin for a picture of at most ${maxPixels} pixels.`,
      { remedy: 'Select a part that is nearer to a square.', details: { area, maxPixels } },
    );
  }
  const width = Math.max(padded.width, Math.round(size.width / scale));
  const height = Math.max(padded.height, Math.round(size.height / scale));
  return {
    drawn: {
      x: placeAlong(padded.x, padded.width, width, canvas?.width),
      y: placeAlong(padded.y, padded.height, height, canvas?.height),
      width,
      height,
    },
    placed: { x: area.x, y: area.y, width: area.width, height: area.height },
    size,
  };
}

function checkArea(area: Rectangle): void {
  const { x, y, width, height } = area;
  if (![x, y, width, height].every(Number.isInteger) || width < 1 || height < 1) {
    throw new StablePoseError(
      'invalid-input',
      `An area has whole numbers and a size of 1 or more, got ${JSON.stringify({ x, y, width, height })}.`,
    );
  }
}

/** Grows a rectangle, but not beyond the canvas (or, where it lies beyond it already, not further). */
function pad(area: Rectangle, by: number, canvas: Size | undefined): Rectangle {
  const left = canvas ? Math.min(area.x, Math.max(0, area.x - by)) : area.x - by;
  const top = canvas ? Math.min(area.y, Math.max(0, area.y - by)) : area.y - by;
  const right = area.x + area.width;
  const bottom = area.y + area.height;
  const toRight = canvas ? Math.max(right, Math.min(canvas.width, right + by)) : right + by;
  const toBottom = canvas ? Math.max(bottom, Math.min(canvas.height, bottom + by)) : bottom + by;
  return { x: left, y: top, width: toRight - left, height: toBottom - top };
}

function isTooLarge({ width, height }: Size, maxPixels: number): boolean {
  return width * height > maxPixels || Math.max(width, height) > longestSide;
}

/** Where the grown length begins: centred on the old one, shifted into the canvas as far as the old one stays inside. */
function placeAlong(start: number, length: number, grown: number, canvas: number | undefined): number {
  const centred = start - Math.floor((grown - length) / 2);
  if (canvas === undefined) return centred;
  const inside = Math.min(Math.max(centred, 0), Math.max(0, canvas - grown));
  return Math.min(start, Math.max(inside, start + length - grown));
}

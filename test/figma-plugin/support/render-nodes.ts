import type { Transform } from '@figma/plugin-typings/plugin-api-standalone.d.ts';
import { type Raster, raster } from '@stable-pose/core';

/** A node, as drawing needs it. Places are in the pixels of what is drawn. */
export interface DrawnNode {
  readonly transform: Transform;
  readonly width: number;
  readonly height: number;
  readonly paints: readonly unknown[];
  /** Of a line, which has no area. */
  readonly strokeWeight?: number;
  /** Of the whole node; 1 when absent. */
  readonly opacity?: number;
  /** Whether a place in the node's own coordinates lies in it; its box when absent. */
  readonly covers?: (x: number, y: number) => boolean;
}

interface Paint {
  readonly type: string;
  readonly visible?: boolean;
  readonly opacity?: number;
  readonly color?: { readonly r: number; readonly g: number; readonly b: number };
  readonly scaleMode?: string;
  readonly imageHash?: string;
}

/**
 * Nodes from back to front over nothing. Exact where a picture lies on whole pixels at its own size; else the nearest pixel,
 * without Figma's smoothing.
 */
export function renderNodes(
  nodes: readonly DrawnNode[],
  width: number,
  height: number,
  pictureOf: (hash: string) => Raster,
): Raster {
  const out = raster(width, height, 4);
  for (const { transform, width: w, height: h, paints, strokeWeight = 0, opacity = 1, covers } of nodes) {
    const [[a, c, e], [b, d, f]] = transform;
    const det = a * d - b * c;
    for (const paint of paints as readonly Paint[]) {
      if (paint.visible === false) continue;
      if (paint.type !== 'SOLID' && paint.type !== 'IMAGE') throw new Error(`not simulated: ${paint.type}`);
      const picture = paint.imageHash === undefined ? undefined : pictureOf(paint.imageHash);
      if (
        picture &&
        paint.scaleMode === 'FILL' &&
        Math.abs(picture.width * h - picture.height * w) > 1e-6 * w * h
      )
        throw new Error('not simulated: FILL of a picture of another shape');
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const [px, py] = [x + 0.5 - e, y + 0.5 - f];
          const [u, v] = [(d * px - c * py) / det, (a * py - b * px) / det];
          const isIn =
            u >= 0 && u < w && (strokeWeight > 0 ? Math.abs(v) <= strokeWeight / 2 : v >= 0 && v < h);
          if (!isIn || covers?.(u, v) === false) continue;
          const [red, green, blue, alpha] = colourAt(paint, picture, u / w, v / h);
          over(out, x, y, [red, green, blue, alpha * opacity]);
        }
      }
    }
  }
  return out;
}

function colourAt(paint: Paint, picture: Raster | undefined, u: number, v: number): readonly number[] {
  const { color = { r: 0, g: 0, b: 0 }, opacity = 1 } = paint;
  if (!picture) return [color.r * 255, color.g * 255, color.b * 255, opacity * 255];
  const at = 4 * (Math.floor(v * picture.height) * picture.width + Math.floor(u * picture.width));
  return [...picture.data.subarray(at, at + 3), picture.data[at + 3] * opacity];
}

function over({ data, width }: Raster, x: number, y: number, [r, g, b, alpha]: readonly number[]): void {
  const at = 4 * (y * width + x);
  const top = alpha / 255;
  const under = (data[at + 3] / 255) * (1 - top);
  const sum = top + under;
  for (const [i, value] of [r, g, b].entries()) {
    data[at + i] = sum === 0 ? 0 : Math.round((value * top + data[at + i] * under) / sum);
  }
  data[at + 3] = Math.round(sum * 255);
}

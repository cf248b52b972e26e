import type { Size } from '@stable-pose/core';
import type { Point } from '../editor/index.ts';

/** How the picture lies on the stage: screen = picture * zoom + (x, y). */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

const margin = 20;
const [leastZoom, mostZoom] = [0.05, 40];

/** The whole picture, in the middle. */
export function fitted(picture: Size, stage: Size): Viewport {
  const zoom = Math.max(
    leastZoom,
    Math.min((stage.width - 2 * margin) / picture.width, (stage.height - 2 * margin) / picture.height),
  );
  return {
    zoom,
    x: (stage.width - picture.width * zoom) / 2,
    y: (stage.height - picture.height * zoom) / 2,
  };
}

/** Closer or farther, with what is under `at` (screen pixels of the stage) staying there. */
export function zoomed(view: Viewport, factor: number, at: Point): Viewport {
  const zoom = Math.min(mostZoom, Math.max(leastZoom, view.zoom * factor));
  const scale = zoom / view.zoom;
  return { zoom, x: at.x - (at.x - view.x) * scale, y: at.y - (at.y - view.y) * scale };
}

export function toPicture({ x, y, zoom }: Viewport, at: Point): Point {
  return { x: (at.x - x) / zoom, y: (at.y - y) / zoom };
}

import type { Size } from '@stable-pose/core';
import type { Point } from '../editor/index.ts';

/** How the picture lies on the stage: screen = picture * zoom + (x, y). */
export interface Viewport {
  readonly x: number;
  readonly y: number;
  readonly zoom: number;
}

const margin = 20;
/** Below this height of the stage, the tools at its bottom get room of their own; above, they hide little. */
const lowStage = 420;
const toolsHeight = 54;
const [leastZoom, mostZoom] = [0.05, 40];

/** The whole picture, in the middle. */
export function fitted(picture: Size, stage: Size): Viewport {
  const below = stage.height < lowStage ? toolsHeight : margin;
  const room = { width: stage.width - 2 * margin, height: stage.height - margin - below };
  const zoom = Math.max(leastZoom, Math.min(room.width / picture.width, room.height / picture.height));
  return {
    zoom,
    x: (stage.width - picture.width * zoom) / 2,
    y: margin + (room.height - picture.height * zoom) / 2,
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

import {
  cropRaster,
  decodePng,
  encodePng,
  type Pose,
  type Raster,
  type Rectangle,
  type Size,
} from '@stable-pose/core';
import { type AreaPlan, moveWithArea } from '@stable-pose/sdk';
import type { Result } from './gallery.ts';

/** What of a result lies where: without a plan of it, the paper is all of the picture. */
export function areaOfResult({ area, request, width, height }: Result): AreaPlan {
  if (area) return area;
  const size = { width: request.width ?? width, height: request.height ?? height };
  const whole = { x: 0, y: 0, ...size };
  return { drawn: whole, placed: whole, size };
}

/** The part of the drawn picture that lies on the paper, in pixels of the request. */
export function paperInPicture({ drawn, placed, size }: AreaPlan): Rectangle {
  const [u, v] = [size.width / drawn.width, size.height / drawn.height];
  return {
    x: (placed.x - drawn.x) * u,
    y: (placed.y - drawn.y) * v,
    width: placed.width * u,
    height: placed.height * v,
  };
}

/** Whom a result was asked for, in pixels of a paper of the placed part's size. */
export function posesOnPaper(result: Result): readonly Pose[] {
  const { drawn, placed, size } = areaOfResult(result);
  const poses = (result.request.poses ?? []) as readonly Pose[];
  const onPaper = { ...drawn, x: drawn.x - placed.x, y: drawn.y - placed.y };
  return moveWithArea(poses, { x: 0, y: 0, ...size }, onPaper);
}

/** The picture without its surroundings, which were drawn so that it fits them. */
export function rasterOnPaper(result: Result): Raster {
  const picture = decodePng(result.png);
  const part = paperPixels({ ...areaOfResult(result), size: picture });
  return isAllOf(part, picture) ? picture : cropRaster(picture, part);
}

/** {@link paperInPicture} in whole pixels. */
export function paperPixels(area: AreaPlan): Rectangle {
  const { x, y, width, height } = paperInPicture(area);
  return {
    x: Math.round(x),
    y: Math.round(y),
    width: Math.max(1, Math.round(width)),
    height: Math.max(1, Math.round(height)),
  };
}

const isAllOf = (part: Size, picture: Size) => part.width === picture.width && part.height === picture.height;

/** {@link rasterOnPaper} as PNG: the result's own where it is all of it. */
export function pngOnPaper(result: Result): Uint8Array {
  const isAll = isAllOf(paperPixels({ ...areaOfResult(result), size: result }), result);
  return isAll ? result.png : encodePng(rasterOnPaper(result));
}

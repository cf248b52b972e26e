import { type LayerPlace, layerReference } from '../host/layer-settings.ts';
import type { ActionCommand, ActionResult } from '../photoshop/photoshop.ts';
import type { Point } from './shape-commands.ts';

/** Asks for the vector mask of a shape layer. */
export function pathCommand(place: LayerPlace): ActionCommand {
  return {
    _obj: 'get',
    _target: [{ _ref: 'path', _enum: 'path', _value: 'vectorMask' }, ...layerReference(place)],
  };
}

/**
 * The middle of a path's anchors, document pixels: of an ellipse its centre, whatever was done to it by moving, turning,
 * scaling or skewing. Undefined for a layer without a path, such as one that was rasterised.
 */
export function pathMiddle(result: ActionResult | undefined, resolution: number): Point | undefined {
  const anchors: Point[] = [];
  gather(result?.pathContents, anchors, resolution);
  if (anchors.length === 0) return undefined;
  const sum = anchors.reduce<Point>(([sx, sy], [x, y]) => [sx + x, sy + y], [0, 0]);
  return [sum[0] / anchors.length, sum[1] / anchors.length];
}

/** Photoshop nests points in subpaths in components; which lists there are is of no interest here. */
function gather(value: unknown, anchors: Point[], resolution: number): void {
  if (Array.isArray(value)) {
    for (const one of value) gather(one, anchors, resolution);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  const { anchor } = value as {
    readonly anchor?: { readonly horizontal?: unknown; readonly vertical?: unknown };
  };
  const x = pixelsOf(anchor?.horizontal, resolution);
  const y = pixelsOf(anchor?.vertical, resolution);
  if (x !== undefined && y !== undefined) {
    anchors.push([x, y]);
    return;
  }
  for (const one of Object.values(value)) gather(one, anchors, resolution);
}

/** `distanceUnit` is points, 72 to an inch. */
function pixelsOf(value: unknown, resolution: number): number | undefined {
  if (typeof value === 'number') return value;
  const { _unit, _value } = (value ?? {}) as { readonly _unit?: unknown; readonly _value?: unknown };
  if (typeof _value !== 'number') return undefined;
  return _unit === 'pixelsUnit' ? _value : (_value * resolution) / 72;
}

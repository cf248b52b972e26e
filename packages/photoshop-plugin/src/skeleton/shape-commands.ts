import type { ActionCommand } from '../photoshop/photoshop.ts';

export type Point = readonly [number, number];
export type Colour = readonly [number, number, number];

/** A shape layer to be made, in document pixels. */
export interface ShapeLook {
  readonly name: string;
  readonly colour: Colour;
}

const pixels = (value: number) => ({ _unit: 'pixelsUnit', _value: value });
const active = [{ _ref: 'layer', _enum: 'ordinal', _value: 'targetEnum' }];

/**
 * As the shape tools record it (`make contentLayer`): a layer with a vector mask of its own, which follows the layer when it
 * is transformed, where a path of the document would not. It becomes the active layer.
 */
function makeShape({ name, colour: [red, green, blue] }: ShapeLook, shape: ActionCommand): ActionCommand {
  return {
    _obj: 'make',
    _target: [{ _ref: 'contentLayer' }],
    using: {
      _obj: 'contentLayer',
      name,
      // "grain" is what Photoshop calls green.
      type: { _obj: 'solidColorLayer', color: { _obj: 'RGBColor', red, grain: green, blue } },
      shape,
    },
  };
}

function box([x, y]: Point, width: number, height: number) {
  return {
    unitValueQuadVersion: 1,
    top: pixels(y - height / 2),
    left: pixels(x - width / 2),
    bottom: pixels(y + height / 2),
    right: pixels(x + width / 2),
  };
}

export function circleCommands(look: ShapeLook, middle: Point, radius: number): readonly ActionCommand[] {
  return [makeShape(look, { _obj: 'ellipse', ...box(middle, 2 * radius, 2 * radius) })];
}

/** A line with round ends: a rounded rectangle that lies flat, turned about its middle. */
export function lineCommands(look: ShapeLook, a: Point, b: Point, width: number): readonly ActionCommand[] {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const middle: Point = [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
  const corner = pixels(width / 2);
  const shape = {
    _obj: 'rectangle',
    ...box(middle, Math.hypot(dx, dy) + width, width),
    topRight: corner,
    topLeft: corner,
    bottomLeft: corner,
    bottomRight: corner,
  };
  const turn = {
    _obj: 'transform',
    _target: active,
    freeTransformCenterState: { _enum: 'quadCenterState', _value: 'QCSAverage' },
    angle: { _unit: 'angleUnit', _value: (Math.atan2(dy, dx) * 180) / Math.PI },
  };
  return [makeShape(look, shape), turn];
}

/** Of the layer that was made last. */
export const activeLayerId: ActionCommand = {
  _obj: 'get',
  _target: [{ _property: 'layerID' }, ...active],
};

/** Of the layer that was made last. */
export const activeShapePath: ActionCommand = {
  _obj: 'get',
  _target: [{ _ref: 'path', _enum: 'path', _value: 'vectorMask' }, ...active],
};

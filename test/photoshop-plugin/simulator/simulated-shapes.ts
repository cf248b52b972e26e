import { notSimulated, stricter } from './refusals.ts';
import type { SimulatedShape } from './simulated-document.ts';

type Point = readonly [number, number];
type Values = Readonly<Record<string, unknown>>;

const curveSteps = 8;

/** A shape of `make contentLayer`, as the ellipse and the rectangle tool record it. */
export function shapeOf(shape: Values, colour: SimulatedShape['colour']): SimulatedShape {
  const [left, top, right, bottom] = ['left', 'top', 'right', 'bottom'].map((side) => pixels(shape[side]));
  if (!(right > left && bottom > top)) throw stricter('A shape has a width and a height.');
  const [x, y, rx, ry] = [(left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2];
  if (shape._obj === 'ellipse') {
    return {
      colour,
      anchors: [
        [x, y - ry],
        [x + rx, y],
        [x, y + ry],
        [x - rx, y],
      ],
      outline: arc([x, y], rx, ry, 0, 2 * Math.PI, 4 * curveSteps),
    };
  }
  if (shape._obj !== 'rectangle') throw notSimulated(`a shape "${String(shape._obj)}"`);
  const radius = Math.min(pixels(shape.topLeft ?? { _unit: 'pixelsUnit', _value: 0 }), rx, ry);
  const corners: readonly (readonly [number, number, number])[] = [
    [x + rx - radius, y - ry + radius, -Math.PI / 2],
    [x + rx - radius, y + ry - radius, 0],
    [x - rx + radius, y + ry - radius, Math.PI / 2],
    [x - rx + radius, y - ry + radius, Math.PI],
  ];
  const arcs = corners.map(([cx, cy, from]) =>
    arc([cx, cy], radius, radius, from, from + Math.PI / 2, curveSteps),
  );
  return { colour, anchors: arcs.flatMap((one) => [one[0], one[one.length - 1]]), outline: arcs.flat() };
}

function pixels(value: unknown): number {
  const { _unit, _value } = (value ?? {}) as { readonly _unit?: string; readonly _value?: number };
  if (_unit !== 'pixelsUnit' || typeof _value !== 'number')
    throw notSimulated('a shape whose sides are not in pixels');
  return _value;
}

function arc([x, y]: Point, rx: number, ry: number, from: number, to: number, steps: number): Point[] {
  return Array.from({ length: steps + 1 }, (_, i): Point => {
    const angle = from + ((to - from) * i) / steps;
    return [x + rx * Math.cos(angle), y + ry * Math.sin(angle)];
  });
}

export function movedShape(shape: SimulatedShape, move: (point: Point) => Point): SimulatedShape {
  return { ...shape, anchors: shape.anchors.map(move), outline: shape.outline.map(move) };
}

/** As `get` of a vector mask gives it: in points (`distanceUnit`), or in pixels. */
export function pathOf(
  { anchors }: SimulatedShape,
  resolution: number,
  unit: 'distanceUnit' | 'pixelsUnit',
): Values {
  const factor = unit === 'distanceUnit' ? 72 / resolution : 1;
  const points = (value: number) => ({ _unit: unit, _value: value * factor });
  return {
    kind: { _enum: 'pathKind', _value: 'vectorMask' },
    pathContents: {
      _obj: 'pathClass',
      pathComponents: [
        {
          _obj: 'pathComponent',
          shapeOperation: { _enum: 'shapeOperation', _value: 'add' },
          subpathListKey: [
            {
              _obj: 'subpathsList',
              closedSubpath: true,
              points: anchors.map(([x, y]) => ({
                _obj: 'pathPoint',
                anchor: { _obj: 'paint', horizontal: points(x), vertical: points(y) },
                smooth: true,
              })),
            },
          ],
        },
      ],
    },
  };
}

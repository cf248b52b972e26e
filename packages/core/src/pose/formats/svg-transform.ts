import { StablePoseError } from '../../errors.ts';

/** x' = a x + c y + e, y' = b x + d y + f: SVG's matrix(a, b, c, d, e, f). */
export type Affine = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

export const identityAffine: Affine = [1, 0, 0, 1, 0, 0];

/** First `inner`, then `outer`. */
export function times(outer: Affine, inner: Affine): Affine {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}

export function moved([a, b, c, d, e, f]: Affine, x: number, y: number): readonly [number, number] {
  return [a * x + c * y + e, b * x + d * y + f];
}

/**
 * The value of SVG's `transform` attribute: matrix, translate, scale, rotate, skewX and skewY, one after the other.
 * @throws invalid-pose for anything else
 */
export function affineOf(text: string): Affine {
  let affine = identityAffine;
  let rest = text.trim();
  while (rest !== '') {
    const step = /^([a-zA-Z]+)\s*\(([^()]*)\)[\s,]*/.exec(rest);
    if (step === null) throw wrong(text);
    const values = step[2]
      .trim()
      .split(/[\s,]+/)
      .map(Number);
    if (!values.every(Number.isFinite)) throw wrong(text);
    affine = times(affine, stepOf(step[1], values, text));
    rest = rest.slice(step[0].length);
  }
  return affine;
}

function stepOf(name: string, values: readonly number[], text: string): Affine {
  const [p, q] = values;
  const radians = (p * Math.PI) / 180;
  switch (`${name} ${values.length}`) {
    case 'matrix 6':
      return values as unknown as Affine;
    case 'translate 1':
      return [1, 0, 0, 1, p, 0];
    case 'translate 2':
      return [1, 0, 0, 1, p, q];
    case 'scale 1':
      return [p, 0, 0, p, 0, 0];
    case 'scale 2':
      return [p, 0, 0, q, 0, 0];
    case 'rotate 1':
      return turn(radians);
    case 'rotate 3':
      return times([1, 0, 0, 1, q, values[2]], times(turn(radians), [1, 0, 0, 1, -q, -values[2]]));
    case 'skewX 1':
      return [1, 0, Math.tan(radians), 1, 0, 0];
    case 'skewY 1':
      return [1, Math.tan(radians), 0, 1, 0, 0];
    default:
      throw wrong(text);
  }
}

function turn(radians: number): Affine {
  return [Math.cos(radians), Math.sin(radians), -Math.sin(radians), Math.cos(radians), 0, 0];
}

function wrong(text: string): StablePoseError {
  return new StablePoseError(
    'invalid-pose',
    `A transform in the drawing cannot be read: "${text.slice(0, 60)}".`,
  );
}

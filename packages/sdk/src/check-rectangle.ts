import { type Rectangle, StablePoseError } from '@stable-pose/core';

/** An area or a size, as hosts take them. @throws invalid-input when it is not whole pixels, or empty */
export function checkRectangle({ x, y, width, height }: Rectangle, what: string): void {
  if ([x, y, width, height].every(Number.isInteger) && width > 0 && height > 0) return;
  throw new StablePoseError(
    'invalid-input',
    `${what} is whole pixels, 1 or more a side, got ${x}, ${y}, ${width} x ${height}.`,
  );
}

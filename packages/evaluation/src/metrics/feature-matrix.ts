import { StablePoseError } from '@stable-pose/core';
import { Matrix } from 'ml-matrix';
import type { Features } from '../features/feature-network.ts';

/**
 * Features as a matrix, one row a picture.
 * @throws invalid-input when there are fewer than two rows, rows differ in width, or a number is not finite
 */
export function featureMatrix(rows: readonly Features[], what: string): Matrix {
  const width = rows[0]?.length ?? 0;
  if (rows.length < 2 || width === 0) {
    throw new StablePoseError(
      'invalid-input',
      `A distance of distributions needs two ${what} pictures or more, got ${rows.length}.`,
      { details: { rows: rows.length } },
    );
  }
  const matrix = new Matrix(rows.length, width);
  for (const [i, row] of rows.entries()) {
    if (row.length !== width) {
      throw new StablePoseError(
        'invalid-input',
        `All ${what} features must be ${width} wide; number ${i} has ${row.length}.`,
        { details: { expected: width, actual: row.length } },
      );
    }
    for (let j = 0; j < width; j++) {
      const value = row[j]!;
      if (!Number.isFinite(value)) {
        throw new StablePoseError(
          'invalid-input',
          `Features must be finite; ${what} row ${i} holds ${value}.`,
        );
      }
      matrix.set(i, j, value);
    }
  }
  return matrix;
}

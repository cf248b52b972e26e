/** A cell of a heat map in which a person's centre may be. */
export interface CenterCell {
  readonly row: number;
  readonly column: number;
  /** 0 to 1. */
  readonly heat: number;
}

export interface FindCentersOptions {
  /** Cells that answer less are no centres. */
  readonly least: number;
  /** Within so many cells of a centre there is no second one. */
  readonly reach: number;
  /** The strongest so many. */
  readonly most: number;
}

/** Local maxima of a heat map of `cells` x `cells`, strongest first. */
export function findCenters(
  heat: Float32Array,
  cells: number,
  { least, reach, most }: FindCentersOptions,
): readonly CenterCell[] {
  const found: CenterCell[] = [];
  for (let row = 0; row < cells; row++) {
    for (let column = 0; column < cells; column++) {
      const value = heat[row * cells + column];
      if (value >= least && isLargest(heat, cells, row, column, reach)) {
        found.push({ row, column, heat: value });
      }
    }
  }
  return found.sort((a, b) => b.heat - a.heat).slice(0, most);
}

/** Of equal neighbours the first counts as the largest. */
function isLargest(heat: Float32Array, cells: number, row: number, column: number, reach: number): boolean {
  const at = row * cells + column;
  for (let y = Math.max(0, row - reach); y <= Math.min(cells - 1, row + reach); y++) {
    for (let x = Math.max(0, column - reach); x <= Math.min(cells - 1, column + reach); x++) {
      const other = y * cells + x;
      if (heat[other] > heat[at] || (heat[other] === heat[at] && other < at)) return false;
    }
  }
  return true;
}

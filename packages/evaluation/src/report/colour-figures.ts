import type { Seen } from './figures.ts';

/** Shares of asked garments whose colour dominates where they are. */
export interface ColourFigures {
  /** Pictures of one person. -1 where there are none. */
  readonly one: number;
  /** Pictures of several people. -1 where there are none. */
  readonly several: number;
  /** Garments that were judged. */
  readonly garments: number;
}

/** @returns null when no garment was judged */
export function colourFigures(seen: readonly Seen[]): ColourFigures | null {
  const garments = seen.flatMap(({ result }) => result.colours).length;
  if (garments === 0) return null;
  const share = (isWanted: (people: number) => boolean) => {
    const verdicts = seen
      .filter(({ entry }) => isWanted(entry.poses.length))
      .flatMap(({ result }) => result.colours);
    return verdicts.length === 0 ? -1 : verdicts.filter(({ right }) => right).length / verdicts.length;
  };
  return { one: share((people) => people === 1), several: share((people) => people > 1), garments };
}

import { entryFingerprint } from '../run/entry-fingerprint.ts';
import type { EvaluationEntry } from '../run/evaluation-list.ts';
import type { PictureResult } from '../run/picture-result.ts';
import { type ColourFigures, colourFigures } from './colour-figures.ts';
import { type RulerFigures, rulerFigures, type Seen } from './figures.ts';

/** What rulers see on pictures of just what was asked for: what could be reached. */
export interface Ceiling extends RulerFigures {
  readonly source: string;
  readonly rulers: Readonly<Record<string, RulerFigures>>;
  readonly colour: ColourFigures | null;
}

/** What was seen on pictures of a list's entries, kept for runs without such pictures: `lists/held-out.ceiling.json`. */
export interface KnownCeiling {
  readonly source: string;
  readonly perPicture: readonly Pick<PictureResult, 'name' | 'entry' | 'readings' | 'colours'>[];
}

/** @param rulers the first is the report's own */
export function ceilingOf(
  given: readonly Seen[],
  rulers: readonly string[],
  source = "the list's own pictures",
): Ceiling {
  const figures = Object.fromEntries(rulers.map((name) => [name, rulerFigures(given, name)]));
  return { ...figures[rulers[0]!]!, source, rulers: figures, colour: colourFigures(given) };
}

/**
 * The ceiling of just these entries, of those rulers that looked at all of them.
 * @returns null when an entry is not among the known pictures, or is another one of that name, or the first ruler did not
 * look at them
 */
export function knownCeilingOf(
  entries: readonly EvaluationEntry[],
  rulers: readonly string[],
  { source, perPicture }: KnownCeiling,
): Ceiling | null {
  const byName = new Map(perPicture.map((picture) => [picture.name, picture]));
  const seen = entries.flatMap((entry): Seen[] => {
    const result = byName.get(entry.name);
    return result?.entry === entryFingerprint(entry) ? [{ entry, result }] : [];
  });
  const known = rulers.filter((ruler) => seen.every(({ result }) => result.readings[ruler]));
  if (seen.length < entries.length || known[0] !== rulers[0]) return null;
  return ceilingOf(seen, known, source);
}

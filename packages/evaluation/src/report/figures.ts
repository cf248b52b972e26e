import { matchPictures, type PictureMatches } from '../metrics/average-precision.ts';
import { cosineSimilarity } from '../metrics/cosine-similarity.ts';
import { evaluatePoses } from '../metrics/evaluate-poses.ts';
import { objectKeypointSimilarity } from '../metrics/keypoint-similarity.ts';
import { peopleCountError } from '../metrics/people-count-error.ts';
import { boundingArea, type EvaluatedPicture, type MetricKeypoints } from '../metrics/pose-set.ts';
import type { EvaluationEntry } from '../run/evaluation-list.ts';
import type { PictureResult } from '../run/picture-result.ts';

/** Figures over some pictures; precisions and recalls are shares, 0 to 1, or -1 where there is nothing to measure. */
export interface Figures {
  /** OKS average precision over .50:.05:.95. */
  readonly ap: number;
  readonly ap50: number;
  readonly ap75: number;
  readonly ar: number;
  /** Average precision by weighted cosine similarity: the paper's CAP. */
  readonly sap: number;
  /** Mean |people asked - people found|, found without being told where to look. */
  readonly pce: number;
  /** How many pictures. */
  readonly pictures: number;
}

/** Figures of one ruler. */
export interface RulerFigures extends Figures {
  /** The same arithmetic with the released code's slips, to stand beside published figures. */
  readonly asReleased: Figures;
  /** By the number of people asked for. */
  readonly byPeople: Readonly<Record<string, Figures>>;
  readonly byView: Readonly<Record<string, Figures>>;
}

/** An entry and what was seen on a picture of it: all that figures need. */
export interface Seen {
  readonly entry: EvaluationEntry;
  readonly result: Pick<PictureResult, 'readings' | 'colours'>;
}

/** A picture's entry and what was measured on it. */
export interface Measured extends Seen {
  readonly result: PictureResult;
}

/** All figures of one ruler over measured pictures. */
export function rulerFigures(measured: readonly Seen[], ruler: string): RulerFigures {
  const groups = (keyOf: (entry: EvaluationEntry) => string | undefined): Record<string, Figures> => {
    const keys = [...new Set(measured.map(({ entry }) => keyOf(entry)))].filter((key) => key !== undefined);
    return Object.fromEntries(
      keys.sort(byMeaning).map((key) => [
        key,
        figuresOf(
          measured.filter(({ entry }) => keyOf(entry) === key),
          ruler,
        ),
      ]),
    );
  };
  return {
    ...figuresOf(measured, ruler),
    asReleased: figuresOf(measured, ruler, true),
    byPeople: groups(({ poses }) => (poses.length > 0 ? String(poses.length) : undefined)),
    byView: groups(({ view }) => view),
  };
}

const viewOrder = ['front', 'side', 'rear'];

/** Views in their own order, numbers by value. */
function byMeaning(a: string, b: string): number {
  const place = (key: string) => {
    const at = viewOrder.indexOf(key);
    return at === -1 ? viewOrder.length : at;
  };
  return place(a) - place(b) || a.localeCompare(b, 'en', { numeric: true });
}

function figuresOf(measured: readonly Seen[], ruler: string, asReleased = false): Figures {
  const pictures = measured.map((one) => evaluated(one, ruler));
  const { distance, similarity } = evaluatePoses(pictures, { asReleased });
  // Rulers look at every asked place, so counts come from a look without help.
  const counted = measured.map(({ entry, result }) => {
    const nobody = { keypoints: [], score: 0 };
    return { asked: entry.poses, found: new Array(result.readings[ruler]?.people ?? 0).fill(nobody) };
  });
  return {
    ap: distance.ap,
    ap50: distance.ap50,
    ap75: distance.ap75,
    ar: distance.ar,
    sap: similarity.ap,
    pce: peopleCountError(counted, { asReleased }),
    pictures: pictures.length,
  };
}

function evaluated({ entry, result }: Seen, ruler: string): EvaluatedPicture {
  const found = result.readings[ruler]?.found ?? [];
  return { asked: entry.poses, found: found.filter((person) => person !== null) };
}

/** Object keypoint similarity of each asked person to the one found at that place; 0 where nobody was. */
export function similarities({ entry, result }: Seen, ruler: string): number[] {
  return entry.poses.map((asked, i) => {
    const found = result.readings[ruler]?.found[i];
    return found ? personSimilarity(asked, found.keypoints) : 0;
  });
}

const personSimilarity = (asked: MetricKeypoints, found: MetricKeypoints): number =>
  objectKeypointSimilarity(asked, found, boundingArea(asked, { presentOnly: true }));

/** What {@link Figures.ap} and {@link Figures.sap} are made of, picture by picture. */
export function matchesOf(
  measured: readonly Seen[],
  ruler: string,
): { readonly distance: PictureMatches[]; readonly similarity: PictureMatches[] } {
  const pictures = measured.map((one) => evaluated(one, ruler));
  return {
    distance: matchPictures(pictures, personSimilarity),
    similarity: matchPictures(pictures, (asked, found) => cosineSimilarity(asked, found, { weighted: true })),
  };
}

import { boundingArea, type EvaluatedPicture, type MetricKeypoints } from './pose-set.ts';

/** Averages over thresholds .50:.05:.95 unless the name says one; -1 when no asked pose falls into the range. */
export interface AveragePrecision {
  readonly ap: number;
  readonly ap50: number;
  readonly ap75: number;
  readonly apMedium: number;
  readonly apLarge: number;
  readonly ar: number;
  readonly ar50: number;
  readonly ar75: number;
  readonly arMedium: number;
  readonly arLarge: number;
}

/** COCO's protocol for keypoints. */
const thresholds = Array.from({ length: 10 }, (_, i) => 0.5 + (i * 0.45) / 9);
const recallSteps = Array.from({ length: 101 }, (_, i) => i / 100);
const detectionsPerPicture = 20;
const areaRanges = {
  all: [0, 1e10],
  medium: [32 ** 2, 96 ** 2],
  large: [96 ** 2, 1e10],
} as const;
type AreaRange = (typeof areaRanges)[keyof typeof areaRanges];

/** The spacing of doubles at 1, which COCO's code adds to the denominator of precision. */
const epsilon = 2 ** -52;

type Similarity = (asked: MetricKeypoints, found: MetricKeypoints) => number;

export interface AveragePrecisionOptions {
  /**
   * Keep the released code's slips: a similarity of NaN (a pose of one joint) counts as a match, and areas take in the
   * sentinels of absent joints. Corrected, NaN is no match, and areas are those of the joints that are there.
   */
  readonly asReleased?: boolean;
}

/**
 * Average precision and recall by COCO's protocol (greedy matching by falling score, interpolated precision at 101 recall
 * steps), with any similarity in the place of OKS.
 */
export function averagePrecision(
  pictures: readonly EvaluatedPicture[],
  similarity: Similarity,
  options: AveragePrecisionOptions = {},
): AveragePrecision {
  const { asReleased = false } = options;
  const prepared = pictures.map((picture) => preparePicture(picture, similarity, asReleased));
  const all = curves(prepared, areaRanges.all);
  const medium = curves(prepared, areaRanges.medium);
  const large = curves(prepared, areaRanges.large);
  return {
    ap: meanKnown(all.precision.flat()),
    ap50: meanKnown(all.precision[0]!),
    ap75: meanKnown(all.precision[5]!),
    apMedium: meanKnown(medium.precision.flat()),
    apLarge: meanKnown(large.precision.flat()),
    ar: meanKnown(all.recall),
    ar50: meanKnown([all.recall[0]!]),
    ar75: meanKnown([all.recall[5]!]),
    arMedium: meanKnown(medium.recall),
    arLarge: meanKnown(large.recall),
  };
}

interface PreparedPicture {
  readonly askedAreas: readonly number[];
  readonly askedIgnored: readonly boolean[];
  /** By falling score. */
  readonly found: readonly { readonly score: number; readonly area: number }[];
  /** [found][asked] */
  readonly similarities: readonly (readonly number[])[];
}

function preparePicture(
  picture: EvaluatedPicture,
  similarity: Similarity,
  asReleased: boolean,
): PreparedPicture {
  const areaOf = (keypoints: MetricKeypoints) => boundingArea(keypoints, { presentOnly: !asReleased });
  const alike = (asked: MetricKeypoints, found: MetricKeypoints): number => {
    const value = similarity(asked, found);
    return Number.isNaN(value) && !asReleased ? Number.NEGATIVE_INFINITY : value;
  };
  const found = [...picture.found].sort((a, b) => b.score - a.score).slice(0, detectionsPerPicture);
  return {
    askedAreas: picture.asked.map(areaOf),
    askedIgnored: picture.asked.map((keypoints) => !keypoints.some(([, , confidence]) => confidence > 0)),
    found: found.map(({ keypoints, score }) => ({ score, area: areaOf(keypoints) })),
    similarities: found.map(({ keypoints }) => picture.asked.map((asked) => alike(asked, keypoints))),
  };
}

interface Verdict {
  readonly score: number;
  readonly matched: boolean;
  readonly ignored: boolean;
}

/** Greedy matching in one picture at one threshold. */
function match(picture: PreparedPicture, [low, high]: AreaRange, threshold: number): Verdict[] {
  const outOfRange = (area: number): boolean => area < low || area > high;
  const ignored = picture.askedAreas.map((area, i) => picture.askedIgnored[i]! || outOfRange(area));
  // Asked poses that count come first, so that a detection prefers them.
  const order = picture.askedAreas.map((_, i) => i).sort((a, b) => Number(ignored[a]) - Number(ignored[b]));
  const taken = new Set<number>();
  return picture.found.map(({ score, area }, d) => {
    let best = Math.min(threshold, 1 - 1e-10);
    let winner = -1;
    for (const g of order) {
      if (taken.has(g)) continue;
      if (winner > -1 && !ignored[winner] && ignored[g]) break;
      const value = picture.similarities[d]![g]!;
      if (value < best) continue;
      best = value;
      winner = g;
    }
    if (winner === -1) return { score, matched: false, ignored: outOfRange(area) };
    taken.add(winner);
    return { score, matched: true, ignored: ignored[winner]! };
  });
}

/** What average precision is made of, picture by picture, so that it can be had of any choice of pictures. */
export interface PictureMatches {
  /** People who were asked for and count. */
  readonly asked: number;
  /** Of each person found, how sure the detector is. */
  readonly scores: readonly number[];
  /** Of each person found, a bit a threshold: bit i is set where somebody was matched at .50 + .05 i. */
  readonly hits: readonly number[];
}

/** Matches of every picture over all areas. */
export function matchPictures(
  pictures: readonly EvaluatedPicture[],
  similarity: Similarity,
  options: AveragePrecisionOptions = {},
): PictureMatches[] {
  return pictures.map((picture) => {
    const prepared = preparePicture(picture, similarity, options.asReleased ?? false);
    const verdicts = thresholds.map((threshold) => match(prepared, areaRanges.all, threshold));
    const counted = prepared.found.map((_, d) => d).filter((d) => !verdicts[0]![d]!.ignored);
    return {
      asked: prepared.askedIgnored.filter((ignored) => !ignored).length,
      scores: counted.map((d) => prepared.found[d]!.score),
      hits: counted.map((d) =>
        verdicts.reduce((bits, row, i) => bits | (row[d]!.matched && !row[d]!.ignored ? 1 << i : 0), 0),
      ),
    };
  });
}

/** Average precision (.50:.05:.95, all areas) of matches; -1 when nobody was asked for. */
export function precisionOfMatches(matches: readonly PictureMatches[]): number {
  return rankMatches(matches)(() => 1);
}

/**
 * Sorts matches once, for average precisions of many choices of their pictures: the function that comes back takes how
 * often each picture counts.
 */
export function rankMatches(
  matches: readonly PictureMatches[],
): (timesOf: (picture: number) => number) => number {
  const found = matches
    .flatMap(({ scores, hits }, picture) => scores.map((score, d) => ({ score, hits: hits[d]!, picture })))
    .sort((a, b) => b.score - a.score);
  return (timesOf) => {
    const times = matches.map((_, picture) => timesOf(picture));
    const askedCount = matches.reduce((sum, { asked }, picture) => sum + asked * times[picture]!, 0);
    if (askedCount === 0) return -1;
    const counted = found.flatMap(({ hits, picture }) => new Array<number>(times[picture]!).fill(hits));
    const perThreshold = thresholds.map((_, i) => {
      const verdicts = counted.map((hits) => (hits & (1 << i)) !== 0);
      return meanKnown(curveOf(verdicts, askedCount).interpolated);
    });
    return meanKnown(perThreshold);
  };
}

/** Interpolated precision at every recall step, and the highest recall, per threshold. */
function curves(
  pictures: readonly PreparedPicture[],
  range: AreaRange,
): { precision: number[][]; recall: number[] } {
  const [low, high] = range;
  const askedCount = pictures
    .flatMap((picture) =>
      picture.askedAreas.map((area, i) => picture.askedIgnored[i]! || area < low || area > high),
    )
    .filter((ignored) => !ignored).length;
  if (askedCount === 0) {
    return {
      precision: thresholds.map(() => recallSteps.map(() => -1)),
      recall: thresholds.map(() => -1),
    };
  }
  const perThreshold = thresholds.map((threshold) => {
    const verdicts = pictures
      .flatMap((picture) => match(picture, range, threshold))
      .sort((a, b) => b.score - a.score)
      .filter(({ ignored }) => !ignored)
      .map(({ matched }) => matched);
    return curveOf(verdicts, askedCount);
  });
  return {
    precision: perThreshold.map(({ interpolated }) => interpolated),
    recall: perThreshold.map(({ recall }) => recall),
  };
}

/** Of verdicts by falling score. */
function curveOf(
  verdicts: readonly boolean[],
  askedCount: number,
): { interpolated: number[]; recall: number } {
  const recalls: number[] = [];
  const precisions: number[] = [];
  let hits = 0;
  verdicts.forEach((matched, i) => {
    if (matched) hits++;
    recalls.push(hits / askedCount);
    precisions.push(hits / (i + 1 + epsilon));
  });
  for (let i = precisions.length - 1; i > 0; i--) {
    precisions[i - 1] = Math.max(precisions[i - 1]!, precisions[i]!);
  }
  let at = 0;
  const interpolated = recallSteps.map((step) => {
    while (at < recalls.length && recalls[at]! < step) at++;
    return precisions[at] ?? 0;
  });
  return { interpolated, recall: recalls.at(-1) ?? 0 };
}

function meanKnown(values: readonly number[]): number {
  const known = values.filter((value) => value > -1);
  return known.length === 0 ? -1 : known.reduce((sum, value) => sum + value, 0) / known.length;
}

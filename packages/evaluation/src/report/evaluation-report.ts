import type { PictureMatches } from '../metrics/average-precision.ts';
import type { KernelDistance } from '../metrics/kernel-distance.ts';
import type { EvaluationEntry } from '../run/evaluation-list.ts';
import type { PictureResult } from '../run/picture-result.ts';
import {
  type Figures,
  type Measured,
  matchesOf,
  type RulerFigures,
  rulerFigures,
  similarities,
} from './figures.ts';

/** `report.json`. Shares are 0 to 1. The figures at the top are the first ruler's (MoveNet's). */
export interface EvaluationReport extends RulerFigures {
  readonly version: 1;
  /** What was evaluated: "Stable-Pose", "ControlNet" ... */
  readonly method: string;
  readonly rulers: Readonly<Record<string, RulerFigures>>;
  /**
   * The same rulers on pictures of just what was asked for: what could be reached. `source` says on which. Null where neither
   * the list nor the caller has any.
   */
  readonly ceiling: Ceiling | null;
  /** Figures as shares of the ceiling's. */
  readonly shareOfCeiling: {
    readonly ap: number;
    readonly byPeople: Readonly<Record<string, number>>;
    readonly byView: Readonly<Record<string, number>>;
  } | null;
  /** Share of asked garments whose colour dominates where they are; null where the list asks for none. */
  readonly colour: ColourFigures | null;
  /** Against the list's own pictures; null without a feature network, or without such pictures. */
  readonly fid: number | null;
  readonly kid: KernelDistance | null;
  readonly featureNetwork: string | null;
  readonly clipScore: number | null;
  /** What made it, to be typed again. */
  readonly command: string;
  readonly seeds: readonly number[];
  /** SHA-256 of every file of weights that took part, by its role: model, adapter, rulers. */
  readonly weights: Readonly<Record<string, string>>;
  /** Steps, guidance, sampler ... as every request said them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The budget that the weights were trained with, in words: methods are compared at an equal one. */
  readonly training: string | null;
  readonly device: string;
  /** Mean seconds a picture, detection included. */
  readonly secondsPerPicture: number;
  /** Entries of the list that took part. */
  readonly entries: number;
  /** One line a picture: enough to compare methods picture by picture. */
  readonly perPicture: readonly ReportPicture[];
}

export interface Ceiling extends RulerFigures {
  readonly source: string;
  readonly rulers: Readonly<Record<string, RulerFigures>>;
  readonly colour: ColourFigures | null;
}

export interface ColourFigures {
  /** Pictures of one person. -1 where there are none. */
  readonly one: number;
  /** Pictures of several people. -1 where there are none. */
  readonly several: number;
  /** Garments that were judged. */
  readonly garments: number;
}

export interface ReportPicture {
  readonly name: string;
  readonly seed: number;
  readonly people: number;
  readonly view?: string;
  /** By ruler: of each asked person the similarity, and what average precision is made of. */
  readonly rulers: Readonly<
    Record<
      string,
      {
        readonly similarities: readonly number[];
        readonly ap: PictureMatches;
        readonly sap: PictureMatches;
        readonly people: number;
      }
    >
  >;
  /** Garments of the asked colour, of how many. */
  readonly colours?: readonly [right: number, judged: number];
}

export interface ReportFacts {
  readonly method: string;
  readonly rulers: readonly string[];
  readonly command: string;
  readonly seeds: readonly number[];
  readonly weights: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly training?: string;
  readonly device: string;
  readonly fid?: number;
  readonly kid?: KernelDistance;
  readonly featureNetwork?: string;
  readonly clipScore?: number;
  /** A ceiling that was measured before, for lists without pictures. */
  readonly knownCeiling?: Ceiling;
}

/** Results of a run as a report. */
export function evaluationReport(
  entries: readonly EvaluationEntry[],
  results: readonly PictureResult[],
  facts: ReportFacts,
): EvaluationReport {
  const { rulers: names, knownCeiling, fid, kid, featureNetwork, clipScore, training, ...rest } = facts;
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const measured = results.map((result): Measured => ({ entry: byName.get(result.name)!, result }));
  const made = measured.filter(({ result }) => result.kind === 'made');
  const given = measured.filter(({ result }) => result.kind === 'given');
  const rulers = Object.fromEntries(names.map((name) => [name, rulerFigures(made, name)]));
  const own = given.length > 0 ? ceilingOf(given, names) : undefined;
  const ceiling = own ?? knownCeiling ?? null;
  const first = rulers[names[0]!]!;
  return {
    version: 1,
    ...first,
    rulers,
    ceiling,
    shareOfCeiling: ceiling && sharesOf(first, ceiling),
    colour: colourFigures(made),
    fid: fid ?? null,
    kid: kid ?? null,
    featureNetwork: featureNetwork ?? null,
    clipScore: clipScore ?? null,
    training: training ?? null,
    ...rest,
    secondsPerPicture: mean(made.map(({ result }) => result.seconds)),
    entries: entries.length,
    perPicture: reportPictures(made, names),
  };
}

/** What rulers see on pictures of just what was asked for. */
export function ceilingOf(
  given: readonly Measured[],
  rulerNames: readonly string[],
  source = "the list's own pictures",
): Ceiling {
  const rulers = Object.fromEntries(rulerNames.map((name) => [name, rulerFigures(given, name)]));
  return { ...rulers[rulerNames[0]!]!, source, rulers, colour: colourFigures(given) };
}

function sharesOf(figures: RulerFigures, ceiling: RulerFigures): EvaluationReport['shareOfCeiling'] {
  const share = (own: Figures, most: Figures | undefined) => (most && most.ap > 0 ? own.ap / most.ap : -1);
  const each = (own: Readonly<Record<string, Figures>>, most: Readonly<Record<string, Figures>>) =>
    Object.fromEntries(Object.entries(own).map(([key, value]) => [key, share(value, most[key])]));
  return {
    ap: share(figures, ceiling),
    byPeople: each(figures.byPeople, ceiling.byPeople),
    byView: each(figures.byView, ceiling.byView),
  };
}

function colourFigures(measured: readonly Measured[]): ColourFigures | null {
  const garments = measured.flatMap(({ result }) => result.colours).length;
  if (garments === 0) return null;
  const share = (isWanted: (people: number) => boolean) => {
    const verdicts = measured
      .filter(({ entry }) => isWanted(entry.poses.length))
      .flatMap(({ result }) => result.colours);
    return verdicts.length === 0 ? -1 : verdicts.filter(({ right }) => right).length / verdicts.length;
  };
  return { one: share((people) => people === 1), several: share((people) => people > 1), garments };
}

function reportPictures(made: readonly Measured[], rulers: readonly string[]): ReportPicture[] {
  const matches = Object.fromEntries(rulers.map((name) => [name, matchesOf(made, name)]));
  return made.map((one, i) => {
    const { entry, result } = one;
    return {
      name: entry.name,
      seed: result.seed,
      people: entry.poses.length,
      ...(entry.view === undefined ? {} : { view: entry.view }),
      rulers: Object.fromEntries(
        rulers.map((name) => [
          name,
          {
            similarities: similarities(one, name).map((value) => Math.round(value * 1e4) / 1e4),
            ap: matches[name]!.distance[i]!,
            sap: matches[name]!.similarity[i]!,
            people: result.readings[name]?.people ?? 0,
          },
        ]),
      ),
      ...(result.colours.length > 0
        ? { colours: [result.colours.filter(({ right }) => right).length, result.colours.length] as const }
        : {}),
    };
  });
}

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

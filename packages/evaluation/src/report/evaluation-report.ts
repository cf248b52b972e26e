import type { PictureMatches } from '../metrics/average-precision.ts';
import type { KernelDistance } from '../metrics/kernel-distance.ts';
import type { EvaluationEntry } from '../run/evaluation-list.ts';
import type { PictureResult } from '../run/picture-result.ts';
import { type Ceiling, ceilingOf, type KnownCeiling, knownCeilingOf } from './ceiling.ts';
import { type ColourFigures, colourFigures } from './colour-figures.ts';
import {
  type Figures,
  type Measured,
  matchesOf,
  type RulerFigures,
  rulerFigures,
  similarities,
} from './figures.ts';
import type { TrainingBudget } from './training-budget.ts';

/** `report.json`. Shares are 0 to 1. The figures at the top are the first ruler's (MoveNet's). */
export interface EvaluationReport extends RulerFigures {
  readonly version: 2;
  /** What was evaluated: "Stable-Pose", "ControlNet" ... */
  readonly method: string;
  readonly rulers: Readonly<Record<string, RulerFigures>>;
  /**
   * The same rulers on pictures of just these entries: what could be reached. `source` says on which. Null where neither the
   * list nor the caller has one of each.
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
  /** How the weights were trained, in words. */
  readonly training: string | null;
  /** The budget that the adapter was trained with, as its config says; null where it says none. */
  readonly budget: TrainingBudget | null;
  readonly device: string;
  /** Mean seconds a picture, detection included. */
  readonly secondsPerPicture: number;
  /** Entries of the list that took part. */
  readonly entries: number;
  /** One line a picture: enough to compare methods picture by picture. */
  readonly perPicture: readonly ReportPicture[];
}

export interface ReportPicture {
  readonly name: string;
  /** Hash of the entry: methods are compared on equal ones. */
  readonly entry: string;
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
  readonly budget?: TrainingBudget | null;
  readonly device: string;
  readonly fid?: number;
  readonly kid?: KernelDistance;
  readonly featureNetwork?: string;
  readonly clipScore?: number;
  /** What was seen before on pictures of entries, for lists without pictures. */
  readonly knownCeiling?: KnownCeiling;
}

/** Results of a run as a report. */
export function evaluationReport(
  entries: readonly EvaluationEntry[],
  results: readonly PictureResult[],
  facts: ReportFacts,
): EvaluationReport {
  const {
    rulers: names,
    knownCeiling,
    fid,
    kid,
    featureNetwork,
    clipScore,
    training,
    budget,
    ...rest
  } = facts;
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const measured = results.map((result): Measured => ({ entry: byName.get(result.name)!, result }));
  const made = measured.filter(({ result }) => result.kind === 'made');
  const given = measured.filter(({ result }) => result.kind === 'given');
  const rulers = Object.fromEntries(names.map((name) => [name, rulerFigures(made, name)]));
  const known = () => (knownCeiling ? knownCeilingOf(entries, names, knownCeiling) : null);
  const ceiling = given.length === entries.length ? ceilingOf(given, names) : known();
  const first = rulers[names[0]!]!;
  return {
    version: 2,
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
    budget: budget ?? null,
    ...rest,
    secondsPerPicture: mean(made.map(({ result }) => result.seconds)),
    entries: entries.length,
    perPicture: reportPictures(made, names),
  };
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

function reportPictures(made: readonly Measured[], rulers: readonly string[]): ReportPicture[] {
  const matches = Object.fromEntries(rulers.map((name) => [name, matchesOf(made, name)]));
  return made.map((one, i) => {
    const { entry, result } = one;
    return {
      name: entry.name,
      entry: result.entry,
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

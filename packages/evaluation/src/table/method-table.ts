import type { EvaluationReport, ReportPicture } from '../report/evaluation-report.ts';
import type { Figures } from '../report/figures.ts';
import type { Methods } from './methods.ts';
import { pairedDifference } from './paired-bootstrap.ts';
import { requireComparable } from './require-comparable.ts';
import { settingsInWords } from './settings-in-words.ts';
import { tableCaption } from './table-caption.ts';

/** The order of rows; other methods follow by name. */
const order = ['Stable-Pose', 'ControlNet', 'T2I-Adapter', 'No adapter'];

export interface MethodTableOptions {
  /** Whose figures. The first of the first report's rulers when left out. */
  readonly ruler?: string;
  /** Bootstrap samples. Default 1000. */
  readonly samples?: number;
}

/**
 * Reports of several methods on one list as tables in Markdown: all figures; by view and people, with shares of the ceiling;
 * differences to the first method (Stable-Pose where there is one) with 95 % intervals. Reports of one method (training
 * seeds) make one row.
 * @throws invalid-input when there is no report, or {@link requireComparable} refuses them
 */
export function methodTable(reports: readonly EvaluationReport[], options: MethodTableOptions = {}): string {
  const ruler = options.ruler ?? Object.keys(reports[0]?.rulers ?? {})[0] ?? '';
  requireComparable(reports, ruler);
  const methods = new Map<string, EvaluationReport[]>();
  for (const report of [...reports].sort(byOrder)) {
    methods.set(report.method, [...(methods.get(report.method) ?? []), report]);
  }
  return [
    tableCaption(methods, ruler),
    figuresTable(methods, ruler),
    groupsTable(methods, ruler),
    differencesTable(methods, ruler, options.samples),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
}

function byOrder(a: EvaluationReport, b: EvaluationReport): number {
  const place = ({ method }: EvaluationReport) => {
    const at = order.indexOf(method);
    return at === -1 ? order.length : at;
  };
  return (
    place(a) - place(b) ||
    a.method.localeCompare(b.method, 'en') ||
    (a.budget?.seed ?? 0) - (b.budget?.seed ?? 0)
  );
}

function figuresTable(methods: Methods, ruler: string): string {
  const facts: [string, (reports: readonly EvaluationReport[]) => string][] = [
    ['training steps', ([report]) => report!.budget?.steps.toLocaleString('en') ?? ''],
    ['rows', ([report]) => report!.budget?.rows.toLocaleString('en') ?? ''],
    ['drawn with', settingsInWords(methods).own],
  ];
  const columns: [string, (report: EvaluationReport) => number | undefined, number][] = [
    ['AP', ({ rulers }) => 100 * rulers[ruler]!.ap, 1],
    ['AP50', ({ rulers }) => 100 * rulers[ruler]!.ap50, 1],
    ['AP75', ({ rulers }) => 100 * rulers[ruler]!.ap75, 1],
    ['AR', ({ rulers }) => 100 * rulers[ruler]!.ar, 1],
    ['SAP', ({ rulers }) => 100 * rulers[ruler]!.sap, 1],
    ['PCE', ({ rulers }) => rulers[ruler]!.pce, 2],
    ['FID', ({ fid }) => fid ?? undefined, 2],
    ['KID x 1000', ({ kid }) => (kid ? 1000 * kid.mean : undefined), 2],
    ['CLIP', ({ clipScore }) => clipScore ?? undefined, 2],
    ['colour, one', ({ colour }) => (colour ? 100 * colour.one : undefined), 1],
    ['colour, several', ({ colour }) => (colour ? 100 * colour.several : undefined), 1],
  ];
  const told = facts.filter(([, words]) => [...methods.values()].some((reports) => words(reports) !== ''));
  const shown = columns.filter(([, value]) =>
    [...methods.values()].flat().some((report) => value(report) !== undefined),
  );
  return table(
    ['method', 'runs', ...told.map(([name]) => name), ...shown.map(([name]) => name)],
    [...methods].map(([method, reports]) => [
      method,
      String(reports.length),
      ...told.map(([, words]) => words(reports) || '–'),
      ...shown.map(([, value, digits]) => cell(reports.map(value), digits)),
    ]),
  );
}

function groupsTable(methods: Methods, ruler: string): string {
  const all = [...methods.values()].flat();
  const groups: [string, (report: { rulers: EvaluationReport['rulers'] }) => Figures | undefined][] = [
    ...keysOf(all, ({ byView }) => byView).map(
      (key) => [key, ({ rulers }) => rulers[ruler]?.byView[key]] as (typeof groups)[number],
    ),
    ...keysOf(all, ({ byPeople }) => byPeople).map(
      (key) =>
        [
          `${key} ${key === '1' ? 'person' : 'people'}`,
          ({ rulers }) => rulers[ruler]?.byPeople[key],
        ] as (typeof groups)[number],
    ),
  ];
  if (groups.length === 0) return '';
  const rows = [...methods].map(([method, reports]) => [
    method,
    ...groups.map(([, figures]) => {
      const own = cell(
        reports.map((report) => percentOf(figures(report))),
        1,
      );
      const shares = reports.map((report) => {
        const most = report.ceiling && figures(report.ceiling);
        const value = figures(report);
        return most && most.ap > 0 && value && value.ap >= 0 ? (100 * value.ap) / most.ap : undefined;
      });
      return shares.every((share) => share === undefined) ? own : `${own} (${cell(shares, 0)} %)`;
    }),
  ]);
  const { ceiling } = all[0]!;
  if (ceiling) {
    rows.push([
      `_${ceiling.source}_`,
      ...groups.map(([, figures]) => cell([percentOf(figures(ceiling))], 1)),
    ]);
  }
  return `AP by view and by people; in brackets as a share of the ceiling's.\n\n${table(['method', ...groups.map(([name]) => name)], rows)}`;
}

const percentOf = (figures: Figures | undefined) =>
  figures && figures.ap >= 0 ? 100 * figures.ap : undefined;

function keysOf(
  reports: readonly EvaluationReport[],
  groups: (report: EvaluationReport) => Readonly<Record<string, Figures>>,
): string[] {
  return [...new Set(reports.flatMap((report) => Object.keys(groups(report))))];
}

function differencesTable(methods: Methods, ruler: string, samples: number | undefined): string {
  const [[name, base], ...others] = [...methods] as [
    [string, EvaluationReport[]],
    ...[string, EvaluationReport[]][],
  ];
  if (others.length === 0) return '';
  const all = [...methods.values()].flat();
  const choices: [string, (picture: ReportPicture) => boolean][] = [
    ['all', () => true],
    ...keysOf(all, ({ byView }) => byView).map(
      (view) => [view, (picture: ReportPicture) => picture.view === view] as (typeof choices)[number],
    ),
    ...keysOf(all, ({ byPeople }) => byPeople).map(
      (people) =>
        [
          `${people} ${people === '1' ? 'person' : 'people'}`,
          (picture: ReportPicture) => String(picture.people) === people,
        ] as (typeof choices)[number],
    ),
  ];
  const rows = others.map(([method, reports]) => [
    `${name} − ${method}`,
    ...choices.map(([, isCounted]) => {
      const difference = pairedDifference(base, reports, { ruler, isCounted, samples });
      if (!difference) return '–';
      const { value, low, high } = difference;
      return `${signed(value)} [${signed(low)}, ${signed(high)}]`;
    }),
  ]);
  return `Differences in points of AP, with 95 % intervals: paired bootstrap over entries, and over the training runs of methods that have several; of a method with one run they are for that one trained network.\n\n${table(['difference', ...choices.map(([words]) => words)], rows)}`;
}

const signed = (share: number) => {
  const text = Math.abs(100 * share).toFixed(1);
  return text === '0.0' ? '0.0' : `${share < 0 ? '−' : '+'}${text}`;
};

/** The mean of runs, with their standard deviation where there are several. */
function cell(values: readonly (number | undefined)[], digits: number): string {
  const known = values.filter((value): value is number => value !== undefined && value >= 0);
  if (known.length === 0) return '–';
  const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
  if (known.length === 1) return mean.toFixed(digits);
  const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (known.length - 1);
  return `${mean.toFixed(digits)} ± ${Math.sqrt(variance).toFixed(digits)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

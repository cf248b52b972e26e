import { median } from './bench-case.ts';
import type { CaseResult } from './run-case.ts';

export const columns = [
  'case',
  'what',
  'median',
  'fastest',
  'processor',
  'to rival',
  'anonymous',
  'resident',
  'at most',
  'met',
  'load',
] as const;

/** One line of a table, in the order of {@link columns}. */
export function tableRow(result: CaseResult): readonly string[] {
  const { name, what, limits, loadBefore } = result;
  const atMost = [
    limits.seconds === undefined ? '' : inSeconds(limits.seconds),
    limits.ratio === undefined ? '' : `${limits.ratio.toFixed(1)} x`,
    limits.anonymousBytes === undefined ? '' : `${inGigabytes(limits.anonymousBytes)} anonymous`,
    limits.residentBytes === undefined ? '' : inGigabytes(limits.residentBytes),
  ].filter((words) => words !== '');
  const load = loadBefore.toFixed(1);
  if (result.status !== 'measured') {
    return [name, what, result.status, '', '', '', '', '', atMost.join(', '), '', load];
  }
  const { seconds, peaks, met } = result;
  return [
    name,
    what,
    inSeconds(median(seconds)),
    seconds.length > 1 ? inSeconds(Math.min(...seconds)) : '',
    peaks ? inSeconds(peaks.processorSeconds / seconds.length) : '',
    toRival(result),
    peaks ? inGigabytes(peaks.anonymousBytes) : '',
    peaks ? inGigabytes(peaks.residentBytes) : '',
    atMost.join(', '),
    met ?? '',
    load,
  ];
}

function toRival({ ratio, rival, seconds, peaks }: Extract<CaseResult, { status: 'measured' }>): string {
  if (ratio === undefined || !rival) return '';
  const words = `${ratio.toFixed(2)} x ${rival.name} (${inSeconds(median(rival.seconds))})`;
  if (!peaks || !rival.processorSeconds?.length) return words;
  const theirs = median(rival.processorSeconds);
  const processorRatio = peaks.processorSeconds / seconds.length / theirs;
  return `${words}; processor ${processorRatio.toFixed(2)} x (${inSeconds(theirs)})`;
}

/** A table for a terminal, notes below. */
export function printedTable(results: readonly CaseResult[]): string {
  const rows = [[...columns], ...results.map(tableRow)];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const lines = rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i]))
      .join('  ')
      .trimEnd(),
  );
  const notes = results.flatMap(({ name, notes }) => notes.map((words) => `${name}: ${words}`));
  return ['', ...lines, ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

function inSeconds(seconds: number): string {
  if (seconds >= 10) return `${seconds.toFixed(1)} s`;
  return seconds >= 1 ? `${seconds.toFixed(2)} s` : `${Number((seconds * 1000).toPrecision(3))} ms`;
}

function inGigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(2)} GB`;
}

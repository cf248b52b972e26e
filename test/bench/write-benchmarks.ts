import { readFile, writeFile } from 'node:fs/promises';
import { benchCases } from './cases.ts';
import type { CaseResult } from './run-case.ts';
import { columns, tableRow } from './table.ts';

const begin = (what: string) => `<!-- ${what}: written by npm run bench -- --write -->`;
const end = (what: string) => `<!-- end of ${what} -->`;

/**
 * Puts figures and the machine's description between the marks of the page. Cases that were not measured this time keep
 * the line that they had, so that a page may be written in several runs on the same machine.
 */
export async function writeBenchmarks(
  file: string,
  machine: readonly (readonly [string, string])[],
  results: readonly CaseResult[],
): Promise<void> {
  let page = await readFile(file, 'utf8');
  const lines = new Map<string, string>();
  for (const line of between(page, 'figures').split('\n')) {
    const name = /^\| ([\w-]+) \|/.exec(line)?.[1];
    if (name && benchCases.some((one) => one.name === name)) lines.set(name, line);
  }
  for (const result of results) {
    if (result.status === 'skipped' && lines.has(result.name)) continue;
    lines.set(result.name, row(tableRow(result)));
  }
  const ordered = benchCases.flatMap(({ name }) => lines.get(name) ?? []);
  page = put(page, 'figures', [row(columns), row(columns.map(() => '---')), ...ordered].join('\n'));
  page = put(page, 'machine', ['| | |', '|---|---|', ...machine.map(row)].join('\n'));
  await writeFile(file, page);
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

function between(page: string, what: string): string {
  const from = page.indexOf(begin(what));
  const to = page.indexOf(end(what));
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md lacks the marks of "${what}".`);
  return page.slice(from + begin(what).length, to);
}

function put(page: string, what: string, text: string): string {
  const old = between(page, what);
  return page.replace(begin(what) + old + end(what), () => `${begin(what)}\n\n${text}\n\n${end(what)}`);
}

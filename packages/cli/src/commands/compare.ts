import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import { type EvaluationReport, methodTable } from '@stable-pose/evaluation';
import { Command } from 'commander';
import { writeWholeFile } from '../write-file.ts';

const begin = '<!-- table: begin -->';
const end = '<!-- table: end -->';

export function compareCommand(): Command {
  return new Command('compare')
    .summary('reports of several methods as one table')
    .description(
      'Makes tables of report.json files: all figures, by view and by people, and differences with 95 % intervals. Reports of one method make one row.',
    )
    .argument('<paths...>', 'report.json files, or folders of them')
    .option('--into <file.md>', `put the tables between the lines ${begin} and ${end} of this file`)
    .action(async (paths: string[], { into }: { into?: string }) => {
      const table = methodTable(await readReports(paths));
      if (into === undefined) process.stdout.write(`${table}\n`);
      else await writeWholeFile(into, withTable(await readFile(into, 'utf8'), table, into));
    });
}

/** @throws file-not-found, invalid-input */
export async function readReports(paths: readonly string[]): Promise<EvaluationReport[]> {
  const files = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new StablePoseError('file-not-found', `There is no report ${path}.`);
    if (!stats.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(path, name));
  });
  const reports: EvaluationReport[] = [];
  for (const file of files) {
    const report = JSON.parse(await readFile(file, 'utf8')) as Partial<EvaluationReport>;
    if (report.version !== 1 || !report.rulers || !report.perPicture) {
      throw new StablePoseError('invalid-input', `${file} is no report of stable-pose evaluate.`);
    }
    reports.push(report as EvaluationReport);
  }
  return reports;
}

/** The text with the table between its marks. @throws invalid-input without them */
export function withTable(text: string, table: string, file: string): string {
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from === -1 || to < from) {
    throw new StablePoseError('invalid-input', `${file} has no place for the tables.`, {
      remedy: `Write the lines ${begin} and ${end} where they belong.`,
    });
  }
  return `${text.slice(0, from + begin.length)}\n\n${table}\n\n${text.slice(to)}`;
}

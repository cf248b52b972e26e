import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { methodTable } from '@stable-pose/evaluation';
import { Command } from 'commander';
import { readReports } from '../evaluation/read-reports.ts';
import { tablePlaces, withTable } from '../evaluation/table-places.ts';
import { writeWholeFile } from '../write-file.ts';

interface CompareOptions {
  readonly into?: string;
  readonly ruler?: string;
}

const help = `
Reports of one method make one row: runs of differently trained weights. Refused are reports that were measured on other
entries, noise seeds or steps, by another ruler, or trained on another budget (steps and rows, where configs say them).

--into fills <!-- table: begin --> ... <!-- table: end --> from the given folder, and <!-- table NAME: begin --> ...
<!-- table NAME: end --> from its folder NAME.`;

export function compareCommand(): Command {
  return new Command('compare')
    .summary('reports of several methods as one table')
    .description(
      'Makes tables of report.json files: all figures, by view and by people, and differences with 95 % intervals.',
    )
    .argument('<paths...>', 'report.json files, or folders of them')
    .option('--ruler <name>', 'whose figures; the first of the first report when left out')
    .option('--into <file.md>', 'put the tables where this file has places for them')
    .addHelpText('after', help)
    .action(async (paths: string[], { into, ruler }: CompareOptions) => {
      if (into === undefined) {
        process.stdout.write(`${methodTable(await readReports(paths), { ruler })}\n`);
        return;
      }
      let text = await readFile(into, 'utf8');
      for (const place of tablePlaces(text, into)) {
        const { folder } = place;
        const from = folder === undefined ? paths : paths.map((path) => join(path, folder));
        text = withTable(text, place, methodTable(await readReports(from), { ruler }), into);
      }
      await writeWholeFile(into, text);
    });
}

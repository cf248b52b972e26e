import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { StablePoseError } from '@stable-pose/core';
import type { EvaluationReport } from '@stable-pose/evaluation';
import { readJson } from './read-json.ts';

/**
 * Reports in files, and in folders of them.
 * @throws file-not-found, invalid-input
 */
export async function readReports(paths: readonly string[]): Promise<EvaluationReport[]> {
  const files = paths.flatMap((path) => {
    const stats = statSync(path, { throwIfNoEntry: false });
    if (!stats) throw new StablePoseError('file-not-found', `There is no report ${path}.`);
    if (!stats.isDirectory()) return [path];
    const names = readdirSync(path).filter((name) => name.endsWith('.json'));
    return names.sort().map((name) => join(path, name));
  });
  return Promise.all(files.map(readReport));
}

async function readReport(file: string): Promise<EvaluationReport> {
  const report = (await readJson(file)) as Partial<EvaluationReport> | null;
  if (report?.rulers && report.perPicture && report.version === 2) return report as EvaluationReport;
  const isOlder = report?.rulers !== undefined && report.version !== undefined;
  throw new StablePoseError(
    'invalid-input',
    isOlder
      ? `${file} is a report of version ${report.version}, and version 2 was expected.`
      : `${file} is no report of stable-pose evaluate.`,
    isOlder
      ? { remedy: 'Give the command that it names again: pictures that are there are not drawn anew.' }
      : {},
  );
}

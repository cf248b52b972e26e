import { StablePoseError } from '@stable-pose/core';
import type { EvaluationReport } from '../report/evaluation-report.ts';
import { drawnBy } from './drawn-by.ts';
import { hashesOf } from './hashes-of.ts';

/**
 * Refuses reports that one table would compare unfairly: each must have been measured by the same ruler on the same entries
 * and noise seeds, in as many steps; trained, where it says so, for as many steps and rows; and runs of one method must be of
 * different weights and one setting.
 * @throws invalid-input
 */
export function requireComparable(reports: readonly EvaluationReport[], ruler: string): void {
  const [first] = reports;
  if (!first) {
    throw refusal('A table needs a report, got none.', 'Name report.json files, or a folder of them.');
  }
  const trained = reports.find(({ budget }) => budget !== null);
  for (const report of reports) {
    const { method, rulers, settings, budget } = report;
    if (!rulers[ruler]) {
      throw refusal(
        `The report of ${method} has no figures of the ruler ${ruler}, only of ${Object.keys(rulers).join(', ')}.`,
        'Choose one that all reports have, with --ruler.',
      );
    }
    const pair = `${method} and ${first.method}`;
    if (eyesOf(report, ruler) !== eyesOf(first, ruler)) {
      throw refusal(`${pair} were measured by rulers ${ruler} of different weights.`, again);
    }
    if (picturesOf(report) !== picturesOf(first)) {
      throw refusal(`${pair} were not measured on the same entries and noise seeds.`, again);
    }
    if (report.ceiling?.rulers[ruler]?.ap !== first.ceiling?.rulers[ruler]?.ap) {
      throw refusal(`${pair} stand beside different ceilings.`, again);
    }
    if (settings.steps !== first.settings.steps) {
      throw refusal(
        `${method} was drawn in ${settings.steps} steps and ${first.method} in ${first.settings.steps}: one table has one step budget.`,
        again,
      );
    }
    if (
      budget &&
      trained?.budget &&
      (budget.steps !== trained.budget.steps || budget.rows !== trained.budget.rows)
    ) {
      throw refusal(
        `${method} was trained for ${budget.steps} steps on ${budget.rows} rows and ${trained.method} for ${trained.budget.steps} on ${trained.budget.rows}: one table has one training budget.`,
        'Train both for as long, or make two tables.',
      );
    }
  }
  reports.forEach((report, i) => {
    for (const other of reports.slice(0, i).filter(({ method }) => method === report.method)) {
      requireRunsOfOne(other, report);
    }
  });
}

function requireRunsOfOne(first: EvaluationReport, second: EvaluationReport): void {
  const { method } = first;
  if (drawnBy(first) === drawnBy(second)) {
    throw refusal(
      `Two reports of ${method} are of the same weights, which is one run and not two.`,
      'Leave one out, or call them differently with --method.',
    );
  }
  if ((first.budget === null) !== (second.budget === null)) {
    throw refusal(
      `One run of ${method} says how it was trained and another does not.`,
      'Write "training" into the config.json beside the other’s weights, and evaluate it again.',
    );
  }
  if (sorted(first.settings) !== sorted(second.settings)) {
    throw refusal(
      `Two runs of ${method} have different settings: ${sorted(first.settings)} and ${sorted(second.settings)}.`,
      'Evaluate them alike, or call them differently with --method.',
    );
  }
}

const again = 'Evaluate both again with the same list, --limit, --seeds, --steps and --rulers.';

const refusal = (message: string, remedy: string) =>
  new StablePoseError('invalid-input', message, { remedy });

const picturesOf = ({ perPicture }: EvaluationReport): string =>
  perPicture
    .map(({ name, entry, seed }) => `${name} ${entry} ${seed}`)
    .sort()
    .join('\n');

const eyesOf = (report: EvaluationReport, ruler: string): string =>
  hashesOf(report, (role) => role === `ruler ${ruler}` || role.startsWith(`ruler ${ruler}/`));

const sorted = (settings: EvaluationReport['settings']): string =>
  JSON.stringify(Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1))));

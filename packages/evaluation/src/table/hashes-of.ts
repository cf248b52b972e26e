import type { EvaluationReport } from '../report/evaluation-report.ts';

/** Hashes of those of a report's weights whose role counts, as text to compare: wherever the files lie. */
export function hashesOf(
  { weights }: Pick<EvaluationReport, 'weights'>,
  isCounted: (role: string) => boolean,
): string {
  return Object.entries(weights)
    .filter(([role]) => isCounted(role))
    .map(([, hash]) => hash)
    .sort()
    .join(' ');
}

import type { EvaluationReport } from '../report/evaluation-report.ts';

/**
 * Hashes of the weights that drew a report's pictures, as text to compare: not the rulers', and not those of the network that
 * comes with the figurine to look at pictures.
 * @param role of the base (`model`), an adapter, or both when left out
 */
export function drawnBy({ weights }: Pick<EvaluationReport, 'weights'>, role?: 'model' | 'adapter'): string {
  return Object.entries(weights)
    .filter(([name]) => !name.startsWith('ruler ') && !name.includes('/eyes/'))
    .filter(([name]) => role === undefined || name.startsWith(role))
    .map(([, hash]) => hash)
    .sort()
    .join(' ');
}

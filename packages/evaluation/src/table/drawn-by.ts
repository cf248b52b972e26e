import type { EvaluationReport } from '../report/evaluation-report.ts';
import { hashesOf } from './hashes-of.ts';

/**
 * The weights that drew a report's pictures, as text to compare: not the rulers', and not those of the network that comes with
 * the figurine to look at pictures.
 * @param part the base (`model`), the adapters, or both when left out
 */
export function drawnBy(report: Pick<EvaluationReport, 'weights'>, part?: 'model' | 'adapter'): string {
  return hashesOf(
    report,
    (role) => role.startsWith(part ?? '') && !role.startsWith('ruler ') && !role.includes('/eyes/'),
  );
}

import type { EvaluationReport } from '../report/evaluation-report.ts';

/** Reports by method, in the order of rows; those of one method are its runs. */
export type Methods = ReadonlyMap<string, readonly EvaluationReport[]>;

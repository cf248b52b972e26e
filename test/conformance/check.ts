import type { ReferenceFolder } from './reference-folder.ts';

/** One line of the report. */
export type CheckResult =
  | {
      readonly status: 'pass' | 'fail';
      readonly what: string;
      readonly worst: number;
      readonly tolerance: number;
    }
  | { readonly status: 'skip'; readonly what: string; readonly reason: string };

/** Checks of one folder of a reference set; `folder` is absent when the set has none. */
export interface CheckGroup {
  readonly folder: string;
  run(
    reference: ReferenceFolder,
    tolerances: Tolerances,
  ): AsyncGenerator<CheckResult> | Generator<CheckResult>;
}

/** Largest absolute difference; NaN on both sides counts as equal, on one side as infinitely far. */
export function worstDifference(ours: ArrayLike<number>, recorded: ArrayLike<number>): number {
  if (ours.length !== recorded.length) return Number.POSITIVE_INFINITY;
  let worst = 0;
  for (let i = 0; i < ours.length; i++) {
    const difference = Math.abs(ours[i]! - recorded[i]!);
    if (Number.isNaN(difference)) {
      if (Number.isNaN(ours[i]!) && Number.isNaN(recorded[i]!)) continue;
      return Number.POSITIVE_INFINITY;
    }
    if (difference > worst) worst = difference;
  }
  return worst;
}

export function compare(
  what: string,
  ours: ArrayLike<number>,
  recorded: ArrayLike<number>,
  tolerance: number,
): CheckResult {
  const worst = worstDifference(ours, recorded);
  return { status: worst <= tolerance ? 'pass' : 'fail', what, worst, tolerance };
}

export function exactly(what: string, ours: unknown, recorded: unknown): CheckResult {
  const same = JSON.stringify(ours) === JSON.stringify(recorded);
  return { status: same ? 'pass' : 'fail', what, worst: same ? 0 : Number.POSITIVE_INFINITY, tolerance: 0 };
}

export function skip(what: string, reason: string): CheckResult {
  return { status: 'skip', what, reason };
}

interface Spread {
  readonly max_abs_diff_f32_f64?: number;
  readonly max_abs_diff?: number;
}

/**
 * How far an output may be from the recorded one: ten times the larger of what the set's own `tolerances.json` (fp32 against
 * fp64) and `rerun.json` (other kernels, other threads) show for it.
 */
export class Tolerances {
  private readonly files: readonly Readonly<Record<string, Spread | boolean>>[];

  constructor(reference: ReferenceFolder) {
    const own = reference.has('tolerances.json')
      ? reference.json<Record<string, Spread>>('tolerances.json')
      : {};
    const rerun = reference.has('rerun.json')
      ? (reference.json<{ results?: Record<string, Spread> }>('rerun.json').results ?? {})
      : {};
    this.files = [own, rerun];
  }

  /** @param keys names under which the files list the output; each may use names of its own */
  of(...keys: readonly string[]): number {
    const shown = keys.flatMap((key) =>
      this.files.flatMap(({ [key]: spread }) =>
        typeof spread === 'object' ? [spread.max_abs_diff_f32_f64 ?? spread.max_abs_diff ?? 0] : [],
      ),
    );
    if (shown.length === 0)
      throw new Error(`Neither tolerances.json nor rerun.json lists ${keys.join(' or ')}.`);
    return 10 * Math.max(...shown);
  }
}

import { StablePoseError } from '@stable-pose/core';

/**
 * One thing that an implementation must do. A suite is a list of these, so that it can run in a test framework, in a plug-in
 * inside the real editor, or in a page.
 */
export interface ConformanceCheck<Bench> {
  /** Such as `H12`: what a report and a fix can refer to. */
  readonly rule: string;
  /** The rule as a sentence. */
  readonly title: string;
  /** Why this implementation cannot be asked: a sentence, or undefined when it can. */
  readonly skip?: (bench: Bench) => string | undefined | Promise<string | undefined>;
  /** Rejects with a sentence when the rule is broken. */
  readonly run: (bench: Bench) => Promise<void>;
}

export interface CheckOutcome {
  readonly rule: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Of a failure or a skip. */
  readonly reason?: string;
}

/** What a suite runs on; made anew for every check. */
export interface DisposableBench {
  dispose?(): Promise<void>;
}

/**
 * Runs a suite without a test framework, one check after the other; a failure does not stop the rest. The outcomes are plain
 * JSON.
 * @param options.onOutcome called after each check
 */
export async function runConformance<Bench extends DisposableBench>(
  checks: readonly ConformanceCheck<Bench>[],
  makeBench: () => Bench | Promise<Bench>,
  options: { readonly signal?: AbortSignal; readonly onOutcome?: (outcome: CheckOutcome) => void } = {},
): Promise<readonly CheckOutcome[]> {
  const outcomes: CheckOutcome[] = [];
  for (const check of checks) {
    if (options.signal?.aborted) break;
    const outcome = await runCheck(check, makeBench);
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
  }
  return outcomes;
}

async function runCheck<Bench extends DisposableBench>(
  check: ConformanceCheck<Bench>,
  makeBench: () => Bench | Promise<Bench>,
): Promise<CheckOutcome> {
  const { rule, title } = check;
  let bench: Bench | undefined;
  try {
    bench = await makeBench();
    const reason = await check.skip?.(bench);
    if (reason !== undefined) return { rule, title, outcome: 'skipped', reason };
    await check.run(bench);
    return { rule, title, outcome: 'passed' };
  } catch (error) {
    const { code, message } = StablePoseError.from(error);
    const isOurs = StablePoseError.is(error);
    return { rule, title, outcome: 'failed', reason: isOurs ? `${code}: ${message}` : message };
  } finally {
    await bench?.dispose?.();
  }
}

/** What a test framework must have: vitest's, jest's, mocha's and `node:test`'s own do. */
export interface TestFramework {
  readonly describe: (name: string, body: () => void) => void;
  readonly it: (title: string, body: (context?: SkipContext) => Promise<void>) => void;
}

interface SkipContext {
  /** vitest and node:test; where it is missing, a skipped check passes silently. */
  readonly skip?: (reason?: string) => void;
}

/** Makes a test of each check: `[H12] a mask hides what it should`. */
export function describeConformance<Bench extends DisposableBench>(
  { describe, it }: TestFramework,
  name: string,
  checks: readonly ConformanceCheck<Bench>[],
  makeBench: () => Bench | Promise<Bench>,
): void {
  describe(name, () => {
    for (const check of checks) {
      it(`[${check.rule}] ${check.title}`, async (context) => {
        const { outcome, reason } = await runCheck(check, makeBench);
        if (outcome === 'failed') throw new Error(`[${check.rule}] ${reason}`);
        if (outcome === 'skipped') context?.skip?.(reason);
      });
    }
  });
}

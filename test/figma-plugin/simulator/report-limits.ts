import type { SelfTestReport } from '../../../packages/figma-plugin/src/ui/self-test.ts';

/** What a simulated Figma is to be like. */
export interface SimulatedLimits {
  /** Of one message; more does not arrive. */
  readonly messageBytes: number;
  /** Whether the main half has `setTimeout`. */
  readonly hasTimers: boolean;
}

export const usualLimits: SimulatedLimits = { messageBytes: Number.POSITIVE_INFINITY, hasTimers: true };

/** The limits of the Figma that a self-test ran in. @throws for a file that is no report */
export function limitsOfReport(text: string): SimulatedLimits {
  const report = JSON.parse(text) as Partial<SelfTestReport>;
  if (
    report.format !== 'stable-pose-figma-report' ||
    report.version !== 1 ||
    !report.main ||
    !report.messages
  )
    throw new Error('This is no report of the self-test, or one of another version.');
  const { main, messages } = report;
  const arrived = messages.filter(({ failure }) => failure === undefined).map(({ bytes }) => bytes);
  // Where none failed, none was found that is too large.
  const isBound = messages.some(({ failure }) => failure !== undefined);
  return {
    messageBytes: isBound ? Math.max(0, ...arrived) : Number.POSITIVE_INFINITY,
    hasTimers: main.hasTimers,
  };
}

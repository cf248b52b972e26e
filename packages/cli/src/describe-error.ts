import { StablePoseError } from '@stable-pose/core';

/** What is printed for an error: its sentence; with `debug` its stack and everything that lies beneath. */
export function describeError(error: unknown, debug: boolean): string {
  if (debug) return inspectChain(error);
  if (StablePoseError.is(error) && error.code !== 'internal') return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Something went wrong that should not: ${message}\nRun it again with --debug to see where, and please report it.`;
}

function inspectChain(error: unknown): string {
  const lines: string[] = [];
  for (
    let current: unknown = error;
    current !== undefined;
    current = (current as { cause?: unknown })?.cause
  ) {
    const { stack, code, details } = Object(current) as Partial<StablePoseError>;
    lines.push(`${lines.length > 0 ? 'because of ' : ''}${stack ?? String(current)}`);
    if (code) lines.push(`  code: ${code}`);
    if (details && Object.keys(details).length > 0) lines.push(`  details: ${JSON.stringify(details)}`);
    if (lines.length > 30) break;
  }
  return lines.join('\n');
}

/** Exit codes: 130 as a shell gives for Ctrl-C, 2 for what the caller can put right in the command, 1 otherwise. */
export function exitCodeOf(error: unknown): number {
  if (!StablePoseError.is(error)) return 1;
  if (error.code === 'cancelled') return 130;
  return error.code.startsWith('invalid-') ? 2 : 1;
}

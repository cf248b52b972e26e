#!/usr/bin/env node
import { describeError, exitCodeOf } from './describe-error.ts';
import { createProgram } from './program.ts';

const debug = process.argv.includes('--debug');
try {
  await createProgram().parseAsync();
} catch (error) {
  process.stderr.write(`${describeError(error, debug)}\n`);
  process.exitCode = exitCodeOf(error);
}

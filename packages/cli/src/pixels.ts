import { InvalidArgumentError } from 'commander';

/** A picture's side on the command line: whole pixels from 1 to 8192. */
export function pixels(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 8192) {
    throw new InvalidArgumentError('Expected whole pixels from 1 to 8192.');
  }
  return value;
}

import type { z } from 'zod';
import { StablePoseError } from '../errors.ts';

type Issue = z.core.$ZodIssue;

/** How many faults one message tells at most. */
const mostTold = 5;

/**
 * The schema's findings as one error: for each the field, what was expected and what came.
 * @param schema the whole, to name the fields that an unknown one may have been meant as
 */
export function invalidRequest(issues: readonly Issue[], schema: z.ZodObject): StablePoseError {
  const told = issues.slice(0, mostTold).map((issue) => sentence(issue, schema));
  if (issues.length > mostTold) told.push(`And ${issues.length - mostTold} more.`);
  const [first] = issues;
  const field = fieldName(first.path);
  const remedy =
    first.code === 'unrecognized_keys'
      ? 'Remove or rename it.'
      : `Correct ${field}${first.path.length === 1 ? ', or leave it out for its default' : ''}.`;
  return new StablePoseError('invalid-request', told.join(' '), {
    remedy,
    details: { field, faults: issues.map((issue) => ({ field: fieldName(issue.path), code: issue.code })) },
  });
}

function sentence(issue: Issue, schema: z.ZodObject): string {
  const field = fieldName(issue.path);
  if (issue.code === 'unrecognized_keys') {
    const where = issue.path.length === 0 ? 'The request' : field;
    const known = issue.path.length === 0 ? Object.keys(schema.shape) : [];
    const nearest = issue.keys.map((key) => nearestOf(key, known));
    const hints = nearest.filter((word) => word !== undefined).map((word) => `Did you mean ${word}?`);
    return [`${where} has no field ${issue.keys.map((key) => `"${key}"`).join(', ')}.`, ...hints].join(' ');
  }
  const words = `${field} ${expectation(issue)}`;
  return issue.code === 'custom' ? `${words}.` : `${words}, got ${say(issue.input)}.`;
}

function expectation(issue: Exclude<Issue, { code: 'unrecognized_keys' }>): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${typeWords[issue.expected] ?? issue.expected}`;
    case 'too_small':
    case 'too_big': {
      const small = issue.code === 'too_small';
      const limit = small ? issue.minimum : issue.maximum;
      if (issue.origin === 'array') return `must have ${bound(issue, small)} ${limit} entries`;
      if (issue.origin === 'string') return `must have ${bound(issue, small)} ${limit} characters`;
      return `must be ${bound(issue, small)} ${limit}`;
    }
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`;
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'custom':
      return issue.message;
    case 'invalid_union': {
      const values = issue.errors.flat().flatMap((one) => (one.code === 'invalid_value' ? one.values : []));
      return values.length > 0 ? `must be one of ${values.join(', ')}` : `is not valid (${issue.message})`;
    }
    default:
      return `is not valid (${issue.message})`;
  }
}

const typeWords: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
};

function bound(issue: { exact?: boolean | undefined }, small: boolean): string {
  if (issue.exact) return 'exactly';
  return small ? 'at least' : 'at most';
}

/** poses[0].keypoints[3] */
function fieldName(path: readonly PropertyKey[]): string {
  if (path.length === 0) return 'The request';
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i === 0 ? '' : '.'}${String(part)}`))
    .join('');
}

function say(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string')
    return value.length > 40 ? `a text of ${value.length} characters` : `"${value}"`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return String(value);
}

/** The known word that a misspelt one is nearest to, when at most a third of it is wrong. */
function nearestOf(word: string, known: readonly string[]): string | undefined {
  let best: { word: string; distance: number } | undefined;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { word: candidate, distance };
  }
  return best && best.distance <= Math.max(1, word.length / 3) ? best.word : undefined;
}

/** Levenshtein's distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}

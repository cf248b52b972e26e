import { describe, expect, it } from 'vitest';
import { type CheckResult, Tolerances } from './check.ts';
import { checkGroups } from './check-groups.ts';
import { ReferenceFolder } from './reference-folder.ts';

const reference = new ReferenceFolder(new URL('./reference', import.meta.url).pathname);
const tolerances = new Tolerances(reference);

describe('the public reference set', () => {
  // Some three hundred networks' calls: a minute and more of two busy cores.
  it.each(checkGroups)('$folder', { timeout: 900_000 }, async (group) => {
    const results: CheckResult[] = [];
    for await (const result of group.run(reference, tolerances)) results.push(result);
    expect(results.filter(({ status }) => status === 'fail')).toEqual([]);
    expect(results.some(({ status }) => status === 'pass')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { parseEmphasis } from '../../../packages/core/src/text/index.ts';

const spans = (prompt: string) => parseEmphasis(prompt).map(({ text, weight }) => [text, weight]);

describe('parseEmphasis', () => {
  it('leaves a plain prompt in one piece', () => {
    expect(spans('a red dress, from behind: 1.5')).toEqual([['a red dress, from behind: 1.5', 1]]);
    expect(spans('')).toEqual([]);
  });

  it('weighs round brackets by 1.1, square ones by 1 / 1.1, and a number as it is', () => {
    expect(spans('a (b) [c] (d:1.3) (e:.5) (f:-1)')).toEqual([
      ['a ', 1],
      ['b', 1.1],
      [' ', 1],
      ['c', 1 / 1.1],
      [' ', 1],
      ['d', 1.3],
      [' ', 1],
      ['e', 0.5],
      [' ', 1],
      ['f', -1],
    ]);
  });

  it('multiplies nested brackets', () => {
    const [a, b, c] = parseEmphasis('(a ((b)) c:2)');
    expect(a).toEqual({ text: 'a ', weight: 2 });
    expect(b?.text).toBe('b');
    expect(b?.weight).toBeCloseTo(2 * 1.1 * 1.1, 12);
    expect(c).toEqual({ text: ' c', weight: 2 });
  });

  it('takes escaped brackets and backslashes as they are', () => {
    expect(spans('a \\(b\\) \\[c\\] \\\\ \\d')).toEqual([['a (b) [c] \\ \\d', 1]]);
  });

  it('lets an unclosed bracket reach to the end, and a stray closing one be a character', () => {
    expect(spans('a) (b')).toEqual([
      ['a) ', 1],
      ['b', 1.1],
    ]);
    expect(spans('(a] b)')).toEqual([['a] b', 1.1]]);
  });

  it('survives a hostile depth of brackets', () => {
    const hostile = `${'('.repeat(10_000)}x${')'.repeat(10_000)}`;
    expect(parseEmphasis(hostile).every(({ weight }) => Number.isFinite(weight))).toBe(true);
  });
});

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { clipBytePairs } from '../../../models/src/clip-tokenizer/index.ts';
import { clipTokenizerFiles } from '../../../models/src/tokenizer-files.ts';
import { promptTokenizer } from '../../../packages/core/src/text/index.ts';
import { closedTokenizer } from './closed-tokenizer.ts';

const golden = JSON.parse(
  readFileSync(new URL('../../golden/clip-token-ids.json', import.meta.url), 'utf8'),
) as { cases: { prompt: string; ids: number[] }[] };

describe('promptTokenizer', () => {
  it("gives CLIP's own ids with the table that is shipped", () => {
    const tokenizer = promptTokenizer(clipTokenizerFiles(clipBytePairs()));
    for (const { prompt, ids } of golden.cases) expect(tokenizer.encode(prompt), prompt).toEqual(ids);
  });

  it('knows the ids of marks', () => {
    const tokenizer = promptTokenizer(clipTokenizerFiles(clipBytePairs()));
    const marks = ['<|startoftext|>', '<|endoftext|>', '<|pad|>'];
    expect(marks.map((mark) => tokenizer.idOf(mark))).toEqual([49406, 49407, undefined]);
  });

  it('knows every word where words are spelt out', () => {
    const tokenizer = promptTokenizer(clipTokenizerFiles(clipBytePairs()));
    expect(tokenizer.unknownWords('zxqvb 東京 🙂')).toEqual([]);
  });

  it('reads a closed vocabulary, and names the words that it lacks once each', () => {
    const tokenizer = promptTokenizer(closedTokenizer(['a', 'woman', 'red', 'tshirt', ',']));
    expect(tokenizer.encode('A woman, red T-shirt')).toEqual([0, 1, 4, 2, 3]);
    expect(tokenizer.unknownWords('a blue woman! Blue elephant, red')).toEqual(['blue', 'elephant']);
  });

  it('says that a tokenizer.json is unusable', () => {
    const files = { tokenizer: { model: { type: 'Telepathy' } }, config: {} };
    expect(() => promptTokenizer(files)).toThrow(/tokenizer\.json/);
  });
});

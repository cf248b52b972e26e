import { describe, expect, it } from 'vitest';
import { chunkPrompt, promptTokenizer } from '../../../packages/core/src/text/index.ts';
import { closedTokenizer } from './closed-tokenizer.ts';

const words = ['a', 'b', 'c', 'd', 'e'];
const tokenizer = promptTokenizer(closedTokenizer(words));
const text = {
  contextLength: 6,
  width: 4,
  layers: 2,
  vocabularySize: 8,
  startId: 6,
  endId: 7,
  padId: 7,
  unknownId: 5,
};
const chunk = (prompt: string, embeddings = [] as { token: string; vectors: Float32Array[] }[]) =>
  chunkPrompt(prompt, { text, tokenizer, embeddings });
const ids = (prompt: string) => chunk(prompt).chunks.map((one) => [...one.ids]);

describe('chunkPrompt', () => {
  it('frames a short prompt with start, end and padding', () => {
    expect(ids('a b')).toEqual([[6, 0, 1, 7, 7, 7]]);
    expect(ids('')).toEqual([[6, 7, 7, 7, 7, 7]]);
  });

  it('cuts a longer prompt into chunks of two less than the context', () => {
    expect(ids('a b c d')).toEqual([[6, 0, 1, 2, 3, 7]]);
    expect(ids('a b c d e a')).toEqual([
      [6, 0, 1, 2, 3, 7],
      [6, 4, 0, 7, 7, 7],
    ]);
  });

  it('leaves out and names words that a closed vocabulary lacks', () => {
    const { chunks, unknownWords } = chunk('a elephant b, (giraffe:1.2)');
    expect([...chunks[0]!.ids]).toEqual([6, 0, 1, 7, 7, 7]);
    expect(unknownWords).toEqual(['elephant', 'giraffe']);
  });

  it('gives each token its weight, and start, end and padding 1', () => {
    const { chunks } = chunk('a (b:1.5)');
    expect([...chunks[0]!.weights]).toEqual([1, 1, 1.5, 1, 1, 1]);
  });

  it('puts the rows of a learned embedding in place of its token, never parted', () => {
    const rows = (count: number) => Array.from({ length: count }, () => new Float32Array(4));
    const embeddings = [
      { token: 'style', vectors: rows(1) },
      { token: 'my-Style', vectors: rows(2) },
    ];
    const { chunks, unknownWords } = chunk('a b c (my-style:2) stylee', embeddings);
    expect(chunks.map((one) => [...one.ids])).toEqual([
      [6, 0, 1, 2, 7, 7],
      [6, 9, 10, 7, 7, 7],
    ]);
    expect([...chunks[1]!.weights]).toEqual([1, 2, 2, 1, 1, 1]);
    expect(unknownWords).toEqual(['stylee']);
  });
});

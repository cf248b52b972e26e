import { describe, expect, it } from 'vitest';
import { clipBytePairs } from '../../../models/src/clip-tokenizer/index.ts';

describe("CLIP's byte-pair table", () => {
  const { vocab, merges } = clipBytePairs();

  // Ids of openai/clip-vit-large-patch14's vocab.json.
  it.each([
    ['!', 0],
    ['a', 64],
    ['!</w>', 256],
    ['a</w>', 320],
    ['in', 512],
    ['of</w>', 539],
    ['photo</w>', 1125],
    ['cat</w>', 2368],
    ['<|startoftext|>', 49406],
    ['<|endoftext|>', 49407],
  ])('gives %s the id %i', (token, id) => {
    expect(vocab[token]).toBe(id);
  });

  it('has 49408 tokens of ids without a gap, and 48894 merges of two known tokens', () => {
    expect(new Set(Object.values(vocab)).size).toBe(49408);
    expect(Math.max(...Object.values(vocab))).toBe(49407);
    expect(merges).toHaveLength(48894);
    const unknown = merges.filter(
      (merge) => merge.split(' ').some((half) => !(half in vocab)) || !(merge.replace(' ', '') in vocab),
    );
    expect(unknown).toEqual([]);
  });
});

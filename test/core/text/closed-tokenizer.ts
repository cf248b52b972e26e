import type { TokenizerFiles } from '../../../packages/core/src/contract/index.ts';

/** A tokenizer of whole words, ids in their order, then the unknown token, start and end. */
export function closedTokenizer(words: readonly string[]): TokenizerFiles {
  const tokens = [...words, '<|unk|>', '<|startoftext|>', '<|endoftext|>'];
  const vocab = Object.fromEntries(tokens.map((token, id) => [token, id]));
  return {
    tokenizer: {
      version: '1.0',
      added_tokens: tokens.slice(words.length).map((content) => ({
        id: vocab[content],
        content,
        special: true,
        normalized: false,
      })),
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'Lowercase' },
          { type: 'Replace', pattern: { String: 't-shirt' }, content: 'tshirt' },
        ],
      },
      pre_tokenizer: { type: 'Whitespace' },
      post_processor: null,
      decoder: null,
      model: { type: 'WordPiece', unk_token: '<|unk|>', continuing_subword_prefix: '##', vocab },
    },
    config: {},
  };
}

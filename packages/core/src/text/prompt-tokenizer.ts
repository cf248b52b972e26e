import { Tokenizer } from '@huggingface/tokenizers';
import type { TokenizerFiles } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';

/** Text to token ids, without start and end. */
export interface PromptTokenizer {
  encode(text: string): readonly number[];
  /** The id of a mark as the vocabulary spells it, as `<|endoftext|>`; none when it lacks it. */
  idOf(mark: string): number | undefined;
  /** The words that the vocabulary lacks, in the tokenizer's own spelling; none when it spells out whatever comes. */
  unknownWords(text: string): readonly string[];
}

/**
 * The tokenizer that a model's `tokenizer.json` describes: byte pairs as CLIP's, or whole words of a closed vocabulary.
 * @throws model-corrupt when the file describes none that is known
 */
export function promptTokenizer(files: TokenizerFiles): PromptTokenizer {
  const tokenizer = build(files);
  const unknownToken = tokenizer.model?.unk_token;
  const unknownId = unknownToken === undefined ? undefined : tokenizer.token_to_id(unknownToken);
  // CLIP names its end token as the unknown one, and can spell any text.
  const isClosed = unknownId !== undefined && (files.tokenizer.model as { type?: string }).type !== 'BPE';
  return {
    encode: (text) => tokenizer.encode(text, { add_special_tokens: false }).ids,
    idOf: (mark) => tokenizer.token_to_id(mark),
    unknownWords(text) {
      if (!isClosed) return [];
      const plain: string = tokenizer.normalizer?.normalize(text) ?? text;
      const words: readonly string[] = tokenizer.pre_tokenizer?.pre_tokenize(plain) ?? [plain];
      return [...new Set(words.filter((word) => /[\p{L}\p{N}]/u.test(word) && isUnknown(word)))];
    },
  };

  function isUnknown(word: string): boolean {
    return (tokenizer.model?.encode([word]) ?? []).includes(unknownToken as string);
  }
}

function build({ tokenizer, config }: TokenizerFiles): Tokenizer {
  try {
    // The library reads these without asking whether they are there.
    const whole = {
      normalizer: null,
      pre_tokenizer: null,
      post_processor: null,
      decoder: null,
      added_tokens: [],
      ...tokenizer,
    };
    return new Tokenizer(whole, config);
  } catch (cause) {
    throw new StablePoseError(
      'model-corrupt',
      `The model's tokenizer.json cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
      { remedy: 'Give a tokenizer.json in the Hugging Face format.', cause },
    );
  }
}

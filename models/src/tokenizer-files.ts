import type { TokenizerFiles } from '@stable-pose/core/contract';
import { hasFile, type ModelFiles, readJsonObject, readText } from './files/model-files.ts';
import { joinPath } from './files/path-names.ts';

/** CLIP's byte-pair table: token ids by token, and merges in order of priority. */
export interface BytePairTable {
  readonly vocab: Readonly<Record<string, number>>;
  readonly merges: readonly string[];
}

/**
 * The tokenizer that lies in a folder: `tokenizer.json`, or `vocab.json` with `merges.txt`; in the folder itself or in its
 * `tokenizer/`. Undefined when there is none.
 * @throws model-corrupt when a file is no JSON
 */
export async function readTokenizerFiles(
  files: ModelFiles,
  folder: string,
): Promise<TokenizerFiles | undefined> {
  for (const place of [folder, joinPath(folder, 'tokenizer')]) {
    const whole = joinPath(place, 'tokenizer.json');
    if (hasFile(files, whole)) {
      const settings = joinPath(place, 'tokenizer_config.json');
      return {
        tokenizer: await readJsonObject(files, whole),
        config: hasFile(files, settings) ? await readJsonObject(files, settings) : {},
      };
    }
    const [vocabFile, mergesFile] = [joinPath(place, 'vocab.json'), joinPath(place, 'merges.txt')];
    if (hasFile(files, vocabFile) && hasFile(files, mergesFile)) {
      const vocab = (await readJsonObject(files, vocabFile)) as Record<string, number>;
      const lines = (await readText(files, mergesFile)).split('\n').map((line) => line.trimEnd());
      const merges = lines.filter((line) => line !== '' && !line.startsWith('#version'));
      return clipTokenizerFiles({ vocab, merges });
    }
  }
  return undefined;
}

/** CLIP's tokenizer in Hugging Face's format, round a byte-pair table (openai/clip-vit-large-patch14's own settings). */
export function clipTokenizerFiles({ vocab, merges }: BytePairTable): TokenizerFiles {
  const [start, end] = ['<|startoftext|>', '<|endoftext|>'];
  const special = (content: string) => ({
    id: vocab[content] ?? 0,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: true,
    special: true,
  });
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: [special(start), special(end)],
      normalizer: {
        type: 'Sequence',
        normalizers: [
          { type: 'NFC' },
          { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
          { type: 'Lowercase' },
        ],
      },
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          {
            type: 'Split',
            pattern: {
              Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+",
            },
            behavior: 'Removed',
            invert: true,
          },
          { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
        ],
      },
      post_processor: {
        type: 'RobertaProcessing',
        sep: [end, vocab[end] ?? 0],
        cls: [start, vocab[start] ?? 0],
        trim_offsets: false,
        add_prefix_space: false,
      },
      decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true },
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: end,
        continuing_subword_prefix: '',
        end_of_word_suffix: '</w>',
        fuse_unk: false,
        vocab,
        merges,
      },
    },
    config: {
      tokenizer_class: 'CLIPTokenizer',
      bos_token: start,
      eos_token: end,
      pad_token: end,
      unk_token: end,
      model_max_length: 77,
    },
  };
}

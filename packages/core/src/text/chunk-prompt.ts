import type { LearnedEmbedding, ModelConfig } from '../contract/index.ts';
import { parseEmphasis } from './parse-emphasis.ts';
import type { PromptTokenizer } from './prompt-tokenizer.ts';

/** One run of the text encoder: ids with start, end and padding, and a weight for each. */
export interface PromptChunk {
  /** `contextLength` of them; from the vocabulary's size on they are rows of learned embeddings. */
  readonly ids: Int32Array;
  readonly weights: Float32Array;
}

export interface ChunkedPrompt {
  /** At least one. */
  readonly chunks: readonly PromptChunk[];
  /** Words that the model does not know and that were left out. */
  readonly unknownWords: readonly string[];
}

export interface ChunkOptions {
  readonly text: ModelConfig['text'];
  readonly tokenizer: PromptTokenizer;
  /** Learned embeddings; their rows are numbered in this order. */
  readonly embeddings?: readonly LearnedEmbedding[];
}

interface Token {
  readonly id: number;
  readonly weight: number;
}

/**
 * A prompt of any length as chunks of `contextLength - 2` tokens, each between a start and an end token and padded. The rows
 * of one learned embedding are never parted. Emphasis as in {@link parseEmphasis}.
 */
export function chunkPrompt(prompt: string, options: ChunkOptions): ChunkedPrompt {
  const { text, tokenizer, embeddings = [] } = options;
  const room = text.contextLength - 2;
  const unknownWords = new Set<string>();
  const chunks: Token[][] = [[]];

  const put = (tokens: readonly Token[]) => {
    let last = chunks[chunks.length - 1];
    if (last.length > 0 && last.length + tokens.length > room) {
      last = [];
      chunks.push(last);
    }
    last.push(...tokens.slice(0, room));
  };

  for (const { text: span, weight } of parseEmphasis(prompt)) {
    for (const part of splitAtEmbeddings(span, embeddings)) {
      if (part.embedding !== undefined) {
        put(part.ids.map((id) => ({ id: text.vocabularySize + id, weight })));
        continue;
      }
      for (const id of tokenizer.encode(part.words)) {
        if (id !== text.unknownId) put([{ id, weight }]);
      }
      if (text.unknownId !== undefined)
        for (const word of tokenizer.unknownWords(part.words)) unknownWords.add(word);
    }
  }
  return { chunks: chunks.map((tokens) => framed(tokens, text)), unknownWords: [...unknownWords] };
}

/** The same prompt with empty chunks at its end, so that two prompts get the same length. */
export function padChunks(prompt: ChunkedPrompt, count: number, text: ModelConfig['text']): ChunkedPrompt {
  const lacking = Math.max(0, count - prompt.chunks.length);
  return {
    ...prompt,
    chunks: [...prompt.chunks, ...Array.from({ length: lacking }, () => framed([], text))],
  };
}

function framed(tokens: readonly Token[], text: ModelConfig['text']): PromptChunk {
  const ids = new Int32Array(text.contextLength).fill(text.padId);
  const weights = new Float32Array(text.contextLength).fill(1);
  ids[0] = text.startId;
  tokens.forEach(({ id, weight }, i) => {
    ids[i + 1] = id;
    weights[i + 1] = weight;
  });
  ids[tokens.length + 1] = text.endId;
  return { ids, weights };
}

type PromptPart =
  | { readonly embedding?: undefined; readonly words: string }
  | { readonly embedding: LearnedEmbedding; readonly ids: readonly number[] };

/** Parts the text where a learned embedding is said by its token, as a word of its own, in any case. */
function splitAtEmbeddings(span: string, embeddings: readonly LearnedEmbedding[]): readonly PromptPart[] {
  if (embeddings.length === 0) return [{ words: span }];
  const longestFirst = [...embeddings].sort((a, b) => b.token.length - a.token.length);
  const escaped = longestFirst.map(({ token }) => token.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}_])(${escaped.join('|')})(?![\\p{L}\\p{N}_])`, 'giu');
  const parts: PromptPart[] = [];
  let from = 0;
  for (const match of span.matchAll(pattern)) {
    const said = match[0].toLowerCase();
    const embedding = longestFirst.find(({ token }) => token.toLowerCase() === said);
    if (embedding === undefined) continue;
    parts.push({ words: span.slice(from, match.index) });
    const first = firstRow(embeddings, embedding);
    parts.push({ embedding, ids: embedding.vectors.map((_, i) => first + i) });
    from = match.index + match[0].length;
  }
  parts.push({ words: span.slice(from) });
  return parts;
}

function firstRow(embeddings: readonly LearnedEmbedding[], embedding: LearnedEmbedding): number {
  let row = 0;
  for (const one of embeddings) {
    if (one === embedding) return row;
    row += one.vectors.length;
  }
  return row;
}

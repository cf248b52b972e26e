import type { LearnedEmbedding, ModelConfig } from '../contract/index.ts';
import { StablePoseError } from '../errors.ts';
import type { Graph } from '../runtime/index.ts';
import { type FloatTensor, float32, type Tensor, tensor } from '../tensor/index.ts';
import { type ChunkedPrompt, padChunks } from './chunk-prompt.ts';

export interface EncodePromptsOptions {
  readonly text: ModelConfig['text'];
  /** In the order that {@link import('./chunk-prompt.ts').chunkPrompt} was given. */
  readonly embeddings?: readonly LearnedEmbedding[];
  readonly loraStrengths?: readonly number[];
  readonly signal?: AbortSignal;
}

/**
 * Text embeddings of prompts, one `[1, T, D]` each, all of the same T: `contextLength` times the chunks of the longest, whose
 * embeddings follow one another; shorter prompts end in empty chunks.
 *
 * Emphasis is AUTOMATIC1111's original way: the embedding of a token is multiplied by its weight, then the whole chunk by
 * mean before / mean after, so that its mean stays what it was.
 *
 * @param graph the text encoder
 * @throws what the runtime throws
 */
export async function encodePrompts(
  graph: Graph,
  prompts: readonly ChunkedPrompt[],
  options: EncodePromptsOptions,
): Promise<readonly FloatTensor[]> {
  const { text, embeddings = [], loraStrengths = [], signal } = options;
  const { contextLength, width } = text;
  const count = Math.max(...prompts.map((prompt) => prompt.chunks.length));
  const padded = prompts.map((prompt) => padChunks(prompt, count, text).chunks);
  const rows = padded.flat();
  const ids = new Int32Array(rows.length * contextLength);
  rows.forEach((row, i) => {
    ids.set(row.ids, i * contextLength);
  });
  const inputs: Record<string, Tensor> = { input_ids: tensor('int32', [rows.length, contextLength], ids) };
  if (graph.inputNames.includes('extra_embeddings'))
    inputs.extra_embeddings = embeddingTable(embeddings, width);
  if (graph.inputNames.includes('lora_strengths')) {
    inputs.lora_strengths = float32([loraStrengths.length], Float32Array.from(loraStrengths));
  }
  const { text_embedding } = await graph.run(inputs, { signal });
  if (text_embedding?.kind !== 'cpu' || text_embedding.type !== 'float32') {
    throw new StablePoseError(
      'internal',
      'The text encoder should give text_embedding as float32 in CPU memory.',
    );
  }
  const values = text_embedding.data as Float32Array;
  const size = contextLength * width;
  return padded.map((chunks, p) => {
    const embedding = values.slice(p * count * size, (p + 1) * count * size);
    chunks.forEach(({ weights }, c) => {
      weigh(embedding.subarray(c * size, (c + 1) * size), weights, width);
    });
    return float32([1, count * contextLength, width], embedding);
  });
}

/** In place; untouched, to the bit, when every weight is 1. */
function weigh(chunk: Float32Array, weights: Float32Array, width: number): void {
  if (weights.every((weight) => weight === 1)) return;
  const before = mean(chunk);
  weights.forEach((weight, token) => {
    for (let i = token * width; i < (token + 1) * width; i++) chunk[i] *= weight;
  });
  const after = mean(chunk);
  const factor = before / after;
  // A mean that lies at zero would blow the embedding up, or turn it round.
  if (!Number.isFinite(factor) || factor <= 0) return;
  for (let i = 0; i < chunk.length; i++) chunk[i] *= factor;
}

function mean(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function embeddingTable(embeddings: readonly LearnedEmbedding[], width: number): FloatTensor {
  const vectors = embeddings.flatMap(({ vectors }) => vectors);
  const wrong = embeddings.find((one) => one.vectors.some((vector) => vector.length !== width));
  if (wrong) {
    throw new StablePoseError(
      'tensor-mismatch',
      `The learned embedding ${JSON.stringify(wrong.token)} has vectors of ${wrong.vectors[0].length} numbers; this model's text width is ${width}.`,
      { remedy: 'Use an embedding that was trained for this kind of model.' },
    );
  }
  const table = new Float32Array(Math.max(1, vectors.length) * width);
  vectors.forEach((vector, i) => {
    table.set(vector, i * width);
  });
  return float32([Math.max(1, vectors.length), width], table);
}

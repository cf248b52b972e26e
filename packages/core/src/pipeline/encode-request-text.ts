import type { ModelSource } from '../contract/index.ts';
import type { TextConditioning } from '../denoise/index.ts';
import { chunkPrompt, encodePrompts, type PromptTokenizer } from '../text/index.ts';
import type { ModelParts } from './model-parts.ts';
import type { ResolvedRequest } from './resolve-request.ts';

/**
 * Prompt and negative prompt to text embeddings. Without guidance only the prompt is encoded.
 * @returns also the words, of both, that the model does not know
 */
export async function encodeRequestText(
  parts: ModelParts,
  { config, embeddings }: ModelSource,
  tokenizer: PromptTokenizer,
  request: ResolvedRequest,
  signal: AbortSignal | undefined,
): Promise<{ readonly text: TextConditioning; readonly unknownWords: readonly string[] }> {
  const isGuided = request.guidanceScale !== 1;
  const prompts = [request.prompt, ...(isGuided ? [request.negativePrompt] : [])].map((prompt) =>
    chunkPrompt(prompt, { text: config.text, tokenizer, embeddings }),
  );
  const graph = await parts.base('text-encoder');
  const [cond, uncond] = await encodePrompts(graph, prompts, {
    text: config.text,
    embeddings,
    loraStrengths: request.loras.map((lora) => lora.strength),
    signal,
  });
  const unknownWords = [...new Set(prompts.flatMap((prompt) => prompt.unknownWords))];
  return { text: { cond, uncond }, unknownWords };
}

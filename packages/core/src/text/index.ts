export { type ChunkedPrompt, type ChunkOptions, chunkPrompt, type PromptChunk } from './chunk-prompt.ts';
export { type EncodePromptsOptions, encodePrompts } from './encode-prompts.ts';
export { type EmphasisSpan, parseEmphasis } from './parse-emphasis.ts';
export { type PromptTokenizer, promptTokenizer } from './prompt-tokenizer.ts';

export { type DecodeOptions, decodeLatents, type VaeTiling } from './decode-latents.ts';
export { previewLatents } from './preview-latents.ts';

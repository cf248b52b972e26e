import type { GenerationRequest } from './request.ts';

/** Whether a request asks for a preview after this step of the whole run, counted from 1. */
export function isPreviewStep(previews: GenerationRequest['previews'], step: number): boolean {
  const { how, every, at } = previews;
  if (how === 'none') return false;
  return at ? at.includes(step) : step % every === 0;
}

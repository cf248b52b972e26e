/** What a case's process tells the bench. */
export type CaseMessage =
  /** Memory counts from now on, or no more; answered by {@link CaseAnswer}. */
  | { readonly kind: 'begin' | 'end' }
  | { readonly kind: 'note'; readonly words: string }
  | { readonly kind: 'done'; readonly seconds: readonly number[] }
  | { readonly kind: 'skipped'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

export type CaseAnswer = 'counted';

import { createHash } from 'node:crypto';
import type { EvaluationEntry } from './evaluation-list.ts';

/** Hash of everything that a result hangs on: lists may change, while the names of their entries stay. */
export function entryFingerprint({ prompt, width, height, poses, garments }: EvaluationEntry): string {
  const text = JSON.stringify([prompt, width, height, poses, garments ?? null]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

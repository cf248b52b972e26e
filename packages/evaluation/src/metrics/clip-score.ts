import { StablePoseError } from '@stable-pose/core';
import type { Features } from '../features/feature-network.ts';

/**
 * CLIP score: the mean over pictures of max(0, 100 cos(text, picture)); higher is better. Source: Hessel et al. 2021,
 * section 3, with the factor 100 of the published tables in place of 2.5.
 * @throws invalid-input when there are not as many texts as pictures, or none, or a vector has no length
 */
export function clipScore(texts: readonly Features[], pictures: readonly Features[]): number {
  if (texts.length !== pictures.length || texts.length === 0) {
    throw new StablePoseError(
      'invalid-input',
      `A CLIP score needs one text a picture, got ${texts.length} texts and ${pictures.length} pictures.`,
    );
  }
  const scores = texts.map((text, i) => Math.max(0, 100 * cosine(text, pictures[i]!)));
  return scores.reduce((sum, score) => sum + score, 0) / scores.length;
}

function cosine(a: Features, b: Features): number {
  let [dot, lengthA, lengthB] = [0, 0, 0];
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    dot += a[i]! * b[i]!;
    lengthA += a[i]! ** 2;
    lengthB += b[i]! ** 2;
  }
  const value = dot / Math.sqrt(lengthA * lengthB);
  if (Number.isFinite(value)) return value;
  throw new StablePoseError(
    'invalid-input',
    'Embeddings must be finite, of one width and not all zero: text and picture must come from one embedder.',
  );
}

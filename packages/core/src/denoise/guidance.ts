import { StablePoseError } from '../errors.ts';

/**
 * Classifier-free guidance (Ho and Salimans 2022), u + s (c - u), value by value. Scale 1 returns `cond` itself, so
 * whoever calls need not have computed `uncond` then.
 *
 * @throws invalid-input when the two have different lengths.
 */
export function guide(
  uncond: Float32Array | undefined,
  cond: Float32Array,
  guidanceScale: number,
): Float32Array {
  if (guidanceScale === 1) return cond;
  if (uncond?.length !== cond.length) {
    throw new StablePoseError(
      'invalid-input',
      `Guidance needs an unconditional prediction of ${cond.length} values, got ${uncond?.length ?? 'none'}.`,
    );
  }
  return cond.map((c, i) => uncond[i] + guidanceScale * (c - uncond[i]));
}

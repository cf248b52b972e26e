import { StablePoseError } from '@stable-pose/core/errors';
import type { Checkpoint } from './checkpoint.ts';
import { shown } from './checkpoint-errors.ts';

export interface Accounting {
  readonly missing: readonly { readonly key: string; readonly nearest: string | undefined }[];
  readonly misshaped: readonly {
    readonly key: string;
    readonly expected: readonly number[];
    readonly found: readonly number[];
  }[];
  /** Tensors that nothing asks for and that are no known leftovers. */
  readonly unexpected: readonly string[];
  /** What was left aside knowingly, in sentences. */
  readonly warnings: readonly string[];
}

/** Tensors that files carry and inference does not need, and what to call them. */
const leftovers: readonly (readonly [string, RegExp])[] = [
  ['averaged copies of weights (EMA)', /^(model_ema|ema|ema_model)\.|^model_ema_/],
  [
    'schedule buffers',
    /^(betas|alphas_cumprod|alphas_cumprod_prev|sqrt_alphas_cumprod|sqrt_one_minus_alphas_cumprod|log_one_minus_alphas_cumprod|sqrt_recip_alphas_cumprod|sqrt_recipm1_alphas_cumprod|posterior_variance|posterior_log_variance_clipped|posterior_mean_coef1|posterior_mean_coef2|lvlb_weights|scale_factor|logvar|scheduler\..*)$/,
  ],
  ['position ids', /(^|\.)position_ids$/],
  ['losses and discriminators', /(^|\.)(loss|discriminator|perceptual_loss|lpips)\./],
  ['optimizer state', /^(optimizer|optimizers|optimizer_states|lr_schedulers?)\./],
  ['projections into CLIP space', /(^|\.)(logit_scale|text_projection(\.weight)?)$/],
  ['an image encoder', /(^|\.)(vision_model|visual_projection|safety_checker)\./],
  ['an embedding manager', /^embedding_manager\./],
];

/** Buffers that files may have or lack. */
const optional = /(^|\.)position_ids$/;

/** Names are compared with all others only for so many missing ones: the first tell what is wrong. */
const mostNearest = 20;

/**
 * Compares what an architecture expects with what a checkpoint holds; no tensor goes unnoticed.
 * @param expected shapes by key
 * @param mayHold keys that belong to other parts of the same file (another network that is used elsewhere)
 */
export function accountFor(
  expected: ReadonlyMap<string, readonly number[]>,
  checkpoint: Pick<Checkpoint, 'tensors'>,
  mayHold: (key: string) => boolean = () => false,
): Accounting {
  const misshaped: { key: string; expected: readonly number[]; found: readonly number[] }[] = [];
  const missing: string[] = [];
  for (const [key, shape] of expected) {
    const found = checkpoint.tensors.get(key)?.shape;
    if (!found) {
      if (!optional.test(key)) missing.push(key);
    } else if (found.join() !== shape.join()) misshaped.push({ key, expected: shape, found });
  }
  const unexpected: string[] = [];
  const aside = new Map<string, number>();
  for (const key of checkpoint.tensors.keys()) {
    if (expected.has(key) || mayHold(key)) continue;
    const kind = leftovers.find(([, pattern]) => pattern.test(key));
    if (kind) aside.set(kind[0], (aside.get(kind[0]) ?? 0) + 1);
    else unexpected.push(key);
  }
  return {
    missing: missing.map((key, index) => ({
      key,
      nearest: index < mostNearest ? nearestName(key, unexpected) : undefined,
    })),
    misshaped,
    unexpected,
    warnings: [...aside].map(([kind, count]) => `${count} tensors are left aside: ${kind}.`),
  };
}

/** @throws tensor-mismatch when tensors are missing or misshaped, naming them with their nearest matches */
export function refuseMismatch(accounting: Accounting, file: string): void {
  const { missing, misshaped, unexpected } = accounting;
  if (missing.length === 0 && misshaped.length === 0) return;
  const sentences = [
    named(
      'Missing',
      missing.map(({ key, nearest }) =>
        nearest === undefined ? key : `${key} (nearest: ${shown(nearest)})`,
      ),
    ),
    named(
      'Of another shape',
      misshaped.map(({ key, expected, found }) => `${key} is [${found}], expected [${expected}]`),
    ),
    named('Not expected', unexpected.map(shown)),
  ].filter(Boolean);
  throw new StablePoseError(
    'tensor-mismatch',
    `${file} does not hold the tensors that its architecture needs. ${sentences.join(' ')}`,
    {
      remedy: 'Check that the file is of this architecture and complete.',
      details: {
        file,
        missing: missing.map(({ key }) => key),
        misshaped: misshaped.map(({ key }) => key),
        unexpected: unexpected.slice(0, 1000),
      },
    },
  );
}

function named(title: string, names: readonly string[]): string {
  if (names.length === 0) return '';
  const rest = names.length > 5 ? `, and ${names.length - 5} more` : '';
  return `${title}: ${names.slice(0, 5).join(', ')}${rest}.`;
}

/** The name at the smallest edit distance, when it is closer than half of the name's length. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.floor(name.length / 2) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name, candidate, bestDistance - 1);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, or more than `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let start = 0;
  while (start < a.length && a[start] === b[start]) start++;
  let [endA, endB] = [a.length, b.length];
  while (endA > start && endB > start && a[endA - 1] === b[endB - 1]) [endA, endB] = [endA - 1, endB - 1];
  let row = Array.from({ length: endB - start + 1 }, (_, j) => j);
  for (let i = start; i < endA; i++) {
    const next = [i - start + 1];
    for (let j = start; j < endB; j++) {
      const k = j - start;
      next.push(Math.min(row[k] + (a[i] === b[j] ? 0 : 1), row[k + 1] + 1, next[k] + 1));
    }
    row = next;
    if (Math.min(...row) > limit) return limit + 1;
  }
  return row[row.length - 1];
}

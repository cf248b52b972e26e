import { StablePoseError } from '../errors.ts';
import type { GraphRuntime } from '../runtime/index.ts';
import type { MemoryEstimate } from './estimate-memory.ts';
import { gigabytes } from './gigabytes.ts';

/** How parts come into memory. */
export interface LoadingWay {
  /** One group of parts after the other, instead of all together. */
  readonly partsInTurn: boolean;
  /** Weights stay where they lie, as far as the runtime can do that. */
  readonly weightsInPlace: boolean;
}

/** In turn comes first, since sums in another order may change a picture's last bits. */
const ways: readonly LoadingWay[] = [
  { partsInTurn: false, weightsInPlace: false },
  { partsInTurn: true, weightsInPlace: false },
  { partsInTurn: false, weightsInPlace: true },
  { partsInTurn: true, weightsInPlace: true },
];

/**
 * The first way in which a request fits into what the runtime tells is free; else the first in turn in which it fits with its
 * activations cut small, which is done when memory runs out. Never back from what was begun.
 * @param estimateFor what the request needs, with weights in place or not
 * @throws out-of-memory with the numbers when it fits in no way
 */
export async function fittingWay(
  begun: LoadingWay,
  runtime: GraphRuntime,
  estimateFor: (weightsInPlace: boolean) => Promise<MemoryEstimate>,
): Promise<LoadingWay> {
  const available = await runtime.availableMemory?.();
  if (available === undefined) return begun;
  const open = ways.filter(
    ({ partsInTurn, weightsInPlace }) =>
      (partsInTurn || !begun.partsInTurn) && (weightsInPlace || !begun.weightsInPlace),
  );
  const estimates = new Map<boolean, MemoryEstimate>();
  for (const { weightsInPlace } of open) {
    if (!estimates.has(weightsInPlace)) estimates.set(weightsInPlace, await estimateFor(weightsInPlace));
  }
  const estimateOf = (way: LoadingWay) => estimates.get(way.weightsInPlace)!;
  const found =
    open.find((way) => missingBytes(way, estimateOf(way), 'activationBytes', available) <= 0) ??
    open.find(
      (way) => way.partsInTurn && missingBytes(way, estimateOf(way), 'leastActivationBytes', available) <= 0,
    );
  if (found) return found;
  const last = estimateOf(open.at(-1)!);
  const besides = Math.max(last.loadingBytes, last.leastActivationBytes);
  throw new StablePoseError(
    'out-of-memory',
    `This picture needs ${gigabytes(last.largestGroupBytes)} for weights at once and about ${gigabytes(besides)} to load them and to compute with; ${gigabytes(available)} are free.`,
    {
      remedy: 'Close other programs, use a smaller model, or a smaller picture.',
      details: { ...last, availableBytes: available },
    },
  );
}

/** What does not fit; loading and computing do not come at the same moment. */
function missingBytes(
  { partsInTurn }: LoadingWay,
  estimate: MemoryEstimate,
  activations: 'activationBytes' | 'leastActivationBytes',
  availableBytes: number,
): number {
  const weights = partsInTurn ? estimate.largestGroupBytes : estimate.weightBytes;
  const besides = Math.max(estimate.loadingBytes, estimate[activations]);
  return weights + besides - availableBytes - estimate.loadedBytes;
}

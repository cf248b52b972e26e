import { describe, expect, it } from 'vitest';
import { fittingWay, type LoadingWay } from '../../../packages/core/src/pipeline/loading-way.ts';
import type { GraphRuntime } from '../../../packages/core/src/runtime/index.ts';

const atOnce: LoadingWay = { partsInTurn: false, weightsInPlace: false };
const inTurn: LoadingWay = { partsInTurn: true, weightsInPlace: false };
const inPlace: LoadingWay = { partsInTurn: false, weightsInPlace: true };
const both: LoadingWay = { partsInTurn: true, weightsInPlace: true };

/** As of a float16 pair of Stable Diffusion and Stable-Pose at 512 x 512, in GB for bytes. */
const fast = { weightBytes: 7.3, largestGroupBytes: 5.9, loadedBytes: 0, loadingBytes: 1.9 };
const lean = { weightBytes: 6.1, largestGroupBytes: 4.9, loadedBytes: 0, loadingBytes: 0 };
const activations = { activationBytes: 0.6, leastActivationBytes: 0.1 };

/** @param hasPlace whether the runtime can leave weights in place */
function wayIn(availableBytes: number | undefined, begun = atOnce, hasPlace = true, loadedBytes = 0) {
  const runtime = { availableMemory: async () => availableBytes } as GraphRuntime;
  return fittingWay(begun, runtime, async (weightsInPlace) => ({
    ...(weightsInPlace && hasPlace ? lean : fast),
    ...activations,
    loadedBytes,
  }));
}

describe('how parts are loaded', () => {
  it('is all at once, then in turn, then in place, then both, as memory gets less', async () => {
    expect(await wayIn(9.3)).toEqual(atOnce);
    expect(await wayIn(9.1)).toEqual(inTurn);
    expect(await wayIn(7.9)).toEqual(inTurn);
    expect(await wayIn(7.7)).toEqual(inPlace);
    expect(await wayIn(6.6)).toEqual(both);
    expect(await wayIn(5.6)).toEqual(both);
  });

  it('counts what is computed with in its smallest form before it gives up', async () => {
    expect(await wayIn(5.1)).toEqual(both);
    await expect(wayIn(4.9)).rejects.toMatchObject({ code: 'out-of-memory' });
  });

  it('is never in place on a runtime that has no such way', async () => {
    expect(await wayIn(7.9, atOnce, false)).toEqual(inTurn);
    await expect(wayIn(7.7, atOnce, false)).rejects.toMatchObject({ code: 'out-of-memory' });
  });

  it('never goes back, and leaves a runtime alone that does not tell', async () => {
    expect(await wayIn(100, inTurn)).toEqual(inTurn);
    expect(await wayIn(7.7, inTurn)).toEqual(both);
    expect(await wayIn(100, both)).toEqual(both);
    expect(await wayIn(undefined, inTurn)).toEqual(inTurn);
  });

  it('counts what is loaded already', async () => {
    expect(await wayIn(2, atOnce, true, 7.3)).toEqual(atOnce);
    await expect(wayIn(2, atOnce, true, 1)).rejects.toMatchObject({
      details: expect.objectContaining({ loadedBytes: 1, availableBytes: 2 }),
    });
  });
});

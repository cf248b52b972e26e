import { encodePng, raster } from '@stable-pose/core';
import type { EvaluationEntry, PictureResult } from '@stable-pose/evaluation';
import { expect, it } from 'vitest';
import { resultsSheet } from '../../packages/cli/src/evaluation/results-sheet.ts';

const entry: EvaluationEntry = { name: 'a', prompt: 'a man', width: 64, height: 64, poses: [] };
const result = (kind: PictureResult['kind'], seed: number): PictureResult => ({
  kind,
  name: 'a',
  entry: 'hash',
  seed,
  noiseSeed: seed,
  file: `${kind}-${seed}.png`,
  seconds: 1,
  readings: {},
  colours: [],
  warnings: [],
});

it('shows what was made from the first noise seed, whatever pictures the list brings', async () => {
  const read: string[] = [];
  const readFile = async (file: string) => {
    read.push(file);
    return encodePng(raster(64, 64, 3));
  };
  // A given picture says seed 0, which is none of this run's.
  const results = [result('given', 0), result('made', 5), result('made', 6)];
  const sheet = await resultsSheet([entry], results, readFile);
  expect([sheet?.width, sheet?.height]).toEqual([1320, 176]);
  expect(read).toEqual(['made-5.png']);
  expect(await resultsSheet([entry], [result('given', 0)], readFile)).toBeUndefined();
});

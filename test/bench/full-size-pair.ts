import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AdapterSource, ModelSource } from '@stable-pose/core/contract';
import { openAdapter, openModel } from '@stable-pose/models';
import { BenchSkip } from './bench-case.ts';

export type Precision = 'fp32' | 'fp16';

/** Files of Stable Diffusion 1.5 and of Stable-Pose in full size, filled with random numbers. */
export interface FullSizePair {
  readonly model: string;
  readonly adapter: string;
}

export async function fullSizePair(folder: string, precision: Precision): Promise<FullSizePair> {
  const pair = {
    model: join(folder, `sd15-${precision}.safetensors`),
    adapter: join(folder, `stable-pose-${precision}.safetensors`),
  };
  if (!existsSync(pair.model) || !existsSync(pair.adapter)) throw new BenchSkip('no files');
  return pair;
}

export async function openPair(
  folder: string,
  precision: Precision,
): Promise<{ readonly model: ModelSource; readonly adapter: AdapterSource }> {
  const pair = await fullSizePair(folder, precision);
  return {
    model: await openModel({ path: pair.model }),
    adapter: await openAdapter({ path: pair.adapter }),
  };
}

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AdapterSource, ModelSource } from '@stable-pose/core/contract';
import { openAdapter, openModel } from '@stable-pose/models';
import { makeRandomCheckpoint } from '../../models/src/checkpoint/make-random-checkpoint.ts';

export type Precision = 'fp32' | 'fp16';

/** Files of Stable Diffusion 1.5 and of Stable-Pose in full size, filled with random numbers. */
export interface FullSizePair {
  readonly model: string;
  readonly adapter: string;
}

/** Makes what is not there yet: 5.7 GB in fp32, half of that in fp16. */
export async function fullSizePair(folder: string, precision: Precision): Promise<FullSizePair> {
  const dtype = precision === 'fp32' ? 'f32' : 'f16';
  const model = join(folder, `sd15-${precision}.safetensors`);
  const adapter = join(folder, `stable-pose-${precision}.safetensors`);
  await mkdir(folder, { recursive: true });
  if (!existsSync(model)) {
    await makeRandomCheckpoint({ layout: 'stable-diffusion-safetensors', out: model, dtype });
  }
  if (!existsSync(adapter)) {
    await makeRandomCheckpoint({ layout: 'stable-pose-adapter-safetensors', out: adapter, dtype });
  }
  return { model, adapter };
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

import { join } from 'node:path';
import { type Raster, throwIfCancelled } from '@stable-pose/core';
import type { FeatureNetwork, Features } from '../features/feature-network.ts';
import { frechetDistance } from '../metrics/frechet-distance.ts';
import { type KernelDistance, kernelDistance } from '../metrics/kernel-distance.ts';
import type { EvaluationEntry } from './evaluation-list.ts';
import type { PictureResult } from './picture-result.ts';
import { fitted } from './run-evaluation.ts';

export interface CompareFeaturesOptions {
  readonly entries: readonly EvaluationEntry[];
  readonly results: readonly PictureResult[];
  /** The run's folder. */
  readonly out: string;
  readonly network: FeatureNetwork;
  readonly readPicture: (file: string) => Promise<Raster>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * FID and KID between a run's pictures and the list's own.
 * @returns undefined when the list has fewer than two pictures
 * @throws cancelled, invalid-image, and what running the network throws
 */
export async function compareFeatures(
  options: CompareFeaturesOptions,
): Promise<{ readonly fid: number; readonly kid: KernelDistance } | undefined> {
  const { entries, results, out, network, readPicture, signal, onProgress } = options;
  const given = results.filter(({ kind }) => kind === 'given');
  const made = results.filter(({ kind }) => kind === 'made');
  if (given.length < 2 || made.length < 2) return undefined;
  const sizes = new Map(entries.map((entry) => [entry.name, entry]));
  let done = 0;
  const featuresOf = async (all: readonly PictureResult[]): Promise<Features[]> => {
    const features: Features[] = [];
    for (const { kind, file, name } of all) {
      throwIfCancelled(signal);
      const { width, height } = sizes.get(name)!;
      const picture = await readPicture(kind === 'given' ? file : join(out, file));
      features.push(...(await network.features([fitted(picture, width, height)], { signal })));
      onProgress?.(++done, given.length + made.length);
    }
    return features;
  };
  const [theirs, ours] = [await featuresOf(given), await featuresOf(made)];
  return { fid: frechetDistance(theirs, ours), kid: kernelDistance(theirs, ours) };
}

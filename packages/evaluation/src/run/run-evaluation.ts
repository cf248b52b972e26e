import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  cropRaster,
  encodePng,
  type GenerationProgress,
  type GenerationRequestInput,
  type Raster,
  resizeRaster,
  throwIfCancelled,
} from '@stable-pose/core';
import { garmentColours } from '../metrics/garment-colour.ts';
import { entryFingerprint } from './entry-fingerprint.ts';
import type { EvaluationEntry } from './evaluation-list.ts';
import { type PictureResult, resultKey } from './picture-result.ts';
import { openResultStore, type ResultStore } from './result-store.ts';
import { type Reading, type Ruler, takeReading } from './ruler.ts';

/** Makes one picture of a request. */
export type MakePicture = (
  request: GenerationRequestInput,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (progress: GenerationProgress) => void;
  },
) => Promise<{ readonly raster: Raster; readonly warnings: readonly string[] }>;

export interface EvaluationProgress {
  /** Pictures measured so far, of how many; those of an earlier part of the run count. */
  readonly done: number;
  readonly total: number;
  /** 0 to 1, the picture in the making included. */
  readonly share: number;
  readonly words: string;
  readonly secondsRemaining?: number;
}

export interface RunEvaluationOptions {
  readonly entries: readonly EvaluationEntry[];
  /** Each entry is drawn once with each. */
  readonly seeds: readonly number[];
  readonly make: MakePicture;
  /** What every request says besides prompt, size, poses and seed: steps, guidance, adapters ... */
  readonly settings: GenerationRequestInput;
  /** Leave the poses out of the requests: what the base model makes of the words alone. */
  readonly withoutPoses?: boolean;
  /** The first is the report's own. */
  readonly rulers: readonly Ruler[];
  readonly readPicture: (file: string) => Promise<Raster>;
  /** The run's folder: pictures and results. */
  readonly out: string;
  /** What must stay the same for a run to go on: hashes of weights, the method's name. Plain JSON. */
  readonly identity: unknown;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: EvaluationProgress) => void;
}

/** Seeds of a list's entries lie so far apart. */
const seedStride = 1_000_003;

/**
 * Draws and measures every entry with every seed, and measures the list's own pictures where it has some. Each result is
 * kept as soon as it is there: the same call goes on where a stopped or killed one was.
 * @returns all results, in the order of entries and seeds
 * @throws invalid-input when the folder holds another run; cancelled; and what drawing, detecting and writing throw
 */
export async function runEvaluation(options: RunEvaluationOptions): Promise<readonly PictureResult[]> {
  const { entries, seeds, rulers, settings, withoutPoses = false, identity, out, signal } = options;
  const store = await openResultStore(out, {
    identity,
    settings,
    withoutPoses,
    rulers: rulers.map(({ name }) => name),
  });
  const work = workOf(entries, seeds);
  const clock = new WorkClock(work.length, options.onProgress);
  const results: PictureResult[] = [];
  for (const item of work) {
    throwIfCancelled(signal);
    const known = store.results.get(resultKey(item));
    const result =
      known?.entry === entryFingerprint(item.entry) &&
      (item.kind === 'given' || existsSync(join(out, known.file)))
        ? known
        : await measure(item, options, store, clock);
    results.push(result);
    clock.next(result === known);
  }
  return results;
}

interface WorkItem {
  readonly kind: PictureResult['kind'];
  readonly entry: EvaluationEntry;
  readonly name: string;
  readonly seed: number;
  readonly index: number;
}

/** Entry by entry, so that a part of a run is a fair part. */
function workOf(entries: readonly EvaluationEntry[], seeds: readonly number[]): WorkItem[] {
  return entries.flatMap((entry, index): WorkItem[] => [
    ...(entry.picture === undefined
      ? []
      : [{ kind: 'given', entry, name: entry.name, seed: 0, index } as const]),
    ...seeds.map((seed) => ({ kind: 'made', entry, name: entry.name, seed, index }) as const),
  ]);
}

async function measure(
  { kind, entry, seed, index }: WorkItem,
  options: RunEvaluationOptions,
  store: ResultStore,
  clock: WorkClock,
): Promise<PictureResult> {
  const { rulers, settings, withoutPoses, make, readPicture, signal } = options;
  const started = performance.now();
  const noiseSeed = kind === 'given' ? 0 : (seed * seedStride + index) % 2 ** 32;
  const { prompt, width, height } = entry;
  let picture: Raster;
  let warnings: readonly string[] = [];
  let file: string;
  if (kind === 'given') {
    file = entry.picture!;
    clock.say(`looking at ${entry.name}`, 0);
    picture = fitted(await readPicture(file), width, height);
  } else {
    file = `pictures/${entry.name}-seed${seed}.png`;
    const poses = withoutPoses ? [] : entry.poses.map(poseOf);
    const request = { ...settings, prompt, width, height, poses, seed: noiseSeed, count: 1 };
    const made = await make(request, {
      signal,
      onProgress: ({ stage, step, steps }) =>
        clock.say(`drawing ${entry.name}`, stage === 'denoise' && steps > 0 ? (0.9 * step) / steps : 0),
    });
    ({ raster: picture, warnings } = made);
    await store.write(file, encodePng(picture));
  }
  clock.say(`measuring ${entry.name}`, 0.9);
  const readings: Record<string, Reading> = {};
  for (const ruler of rulers)
    readings[ruler.name] = await takeReading(ruler, picture, entry.poses, { signal });
  const result: PictureResult = {
    kind,
    name: entry.name,
    entry: entryFingerprint(entry),
    seed,
    noiseSeed,
    file,
    seconds: Math.round(performance.now() - started) / 1000,
    readings,
    colours: entry.garments ? garmentColours(picture, entry.poses, entry.garments) : [],
    warnings,
  };
  await store.add(result);
  return result;
}

/** Absent keypoints are written as 0, 0 in requests. */
function poseOf(keypoints: EvaluationEntry['poses'][number]) {
  return {
    keypoints: keypoints.map(([x, y, confidence]): [number, number, number] =>
      confidence > 0 ? [x, y, Math.min(1, confidence)] : [0, 0, 0],
    ),
  };
}

/** Scaled to cover, and cut in the middle. */
export function fitted(picture: Raster, width: number, height: number): Raster {
  if (picture.width === width && picture.height === height) return picture;
  const scale = Math.max(width / picture.width, height / picture.height);
  const wide = Math.max(width, Math.round(picture.width * scale));
  const high = Math.max(height, Math.round(picture.height * scale));
  const x = Math.floor((wide - width) / 2);
  const y = Math.floor((high - height) / 2);
  return cropRaster(resizeRaster(picture, wide, high), { x, y, width, height });
}

/** Tells how far a run is. */
class WorkClock {
  private readonly total: number;
  private readonly onProgress: RunEvaluationOptions['onProgress'];
  private readonly started = performance.now();
  private done = 0;
  private fresh = 0;

  constructor(total: number, onProgress: RunEvaluationOptions['onProgress']) {
    this.total = total;
    this.onProgress = onProgress;
  }

  /** @param within share of the picture in the making */
  say(words: string, within: number): void {
    const { done, total } = this;
    const seconds = (performance.now() - this.started) / 1000;
    const remaining =
      this.fresh > 0 ? { secondsRemaining: (seconds / this.fresh) * (total - done - within) } : {};
    this.onProgress?.({ done, total, share: (done + within) / total, words, ...remaining });
  }

  next(wasKnown: boolean): void {
    this.done++;
    if (!wasKnown) this.fresh++;
    this.say(`${this.done} of ${this.total}`, 0);
  }
}

import { StablePoseError } from '@stable-pose/core/errors';
import type { RandomAccess } from '../checkpoint/random-access.ts';
import type { CutFiles } from '../onnx/weight-places.ts';
import type { WeightScratch } from '../onnx/weight-scratch.ts';

/**
 * Where model files lie: a disk, or what a page was given. Paths are written with `/` (a disk's own separator is read as
 * well). The port that keeps the readers from knowing a file system.
 */
export interface ModelFiles {
  /** The one form of a path: absolute on a disk. Named in messages and in tensors' places. */
  resolve(path: string): string;
  kindOf(path: string): 'file' | 'folder' | undefined;
  /** Plain names in a folder. */
  namesIn(folder: string): readonly string[];
  /** Bytes; undefined when there is no such file. */
  sizeOf(path: string): number | undefined;
  /** @throws file-not-found */
  open(path: string): Promise<RandomAccess>;
  /** Gives a part of a file to a runtime that cannot open files; left out: the runtime opens them by their paths. */
  readonly cut?: CutFiles;
  /** A place for weights that cannot be used where they lie. Whoever asks for it disposes it. */
  scratch(): WeightScratch;
}

export const hasFile = (files: ModelFiles, path: string): boolean => files.kindOf(path) !== undefined;

const largestJson = 50_000_000;

/** @throws file-not-found, model-corrupt */
export async function readJsonObject(files: ModelFiles, path: string): Promise<Record<string, unknown>> {
  const text = await readText(files, path);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Record<string, unknown>;
    }
  } catch (cause) {
    throw new StablePoseError('model-corrupt', `${path} is not JSON.`, { cause });
  }
  throw new StablePoseError('model-corrupt', `${path} must hold a JSON object.`);
}

/** @throws file-not-found, model-corrupt when it is too large to be a table or a config */
export async function readText(files: ModelFiles, path: string): Promise<string> {
  const access = await files.open(path);
  try {
    if (access.size > largestJson) {
      throw new StablePoseError(
        'model-corrupt',
        `${path} has ${access.size} bytes, more than the ${largestJson} that such a file may have.`,
      );
    }
    return new TextDecoder().decode(await access.read(0, access.size));
  } finally {
    await access.close();
  }
}

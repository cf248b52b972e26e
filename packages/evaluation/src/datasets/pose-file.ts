import { readFile } from 'node:fs/promises';
import { StablePoseError } from '@stable-pose/core';
import { NumpyArray, readNpz, writeRecordsNpz } from '@stable-pose/models';
import type { MetricKeypoints } from '../metrics/pose-set.ts';

const keypointCount = 17;

/**
 * The people in a pose file as HumanSD and Stable-Pose train from: an `.npz` whose `arr_0` is a list of dictionaries with
 * `keypoints`, 17 x 3. What else a dictionary holds is not read; nothing in the file is executed.
 * @param file named in messages
 * @throws checkpoint-corrupt, checkpoint-unsupported, invalid-input when it holds something else
 */
export async function parsePoseFile(bytes: Uint8Array, file: string): Promise<readonly MetricKeypoints[]> {
  const array = (await readNpz(bytes, file)).get('arr_0');
  const wrong = (what: string) =>
    new StablePoseError('invalid-input', `${file} is no pose file: ${what}.`, {
      remedy: 'Its arr_0 must be a list of dictionaries, each with keypoints of 17 x 3 numbers.',
    });
  if (!array) throw wrong('it has no arr_0');
  // A list that NumPy made no array of lies whole in an array without sides.
  const [only] = array.values;
  const people: readonly unknown[] =
    array.shape.length === 0 && Array.isArray(only) ? only : [...array.values];
  return people.map((person, i) => {
    if (!(person instanceof Map)) throw wrong(`person ${i} is no dictionary`);
    const numbers = numbersOf(person.get('keypoints'));
    if (numbers?.length !== keypointCount * 3) throw wrong(`person ${i} has no keypoints of 17 x 3`);
    return Array.from({ length: keypointCount }, (_, k): MetricKeypoints[number] => {
      const [x, y, confidence] = [numbers[k * 3]!, numbers[k * 3 + 1]!, numbers[k * 3 + 2]!];
      return confidence > 0 && Number.isFinite(x) && Number.isFinite(y) ? [x, y, confidence] : [-1, -1, 0];
    });
  });
}

/** @throws file-not-found, and what {@link parsePoseFile} throws */
export async function readPoseFile(file: string): Promise<readonly MetricKeypoints[]> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new StablePoseError('file-not-found', `The pose file ${file} is not there or cannot be read.`, {
      cause,
    });
  });
  return parsePoseFile(bytes, file);
}

/** The bytes of such a file; `score` is how sure the detector is of each person. */
export function encodePoseFile(
  people: readonly { readonly keypoints: MetricKeypoints; readonly score: number }[],
): Uint8Array {
  return writeRecordsNpz(
    people.map(({ keypoints, score }) => ({
      keypoints: { shape: [keypointCount, 3], data: Float32Array.from(keypoints.flat()) },
      score,
    })),
  );
}

/** Numbers of an array, or of nested lists. */
function numbersOf(value: unknown): number[] | undefined {
  if (value instanceof NumpyArray) return numbersOf([...value.values]);
  if (!Array.isArray(value)) return undefined;
  const numbers: number[] = [];
  for (const item of value as unknown[]) {
    if (typeof item === 'number') numbers.push(item);
    else {
      const inner = numbersOf(item);
      if (!inner) return undefined;
      numbers.push(...inner);
    }
  }
  return numbers;
}
